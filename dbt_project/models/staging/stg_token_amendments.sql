{{ config(materialized='incremental', unique_key=['token_address']) }}

with

listed (token_address, token_symbol, token_name, decimals) as (

    values
    ('0x86fa049857e0209aa7d9e616f7eb3b3b78ecfdb0', 'EOS', 'EOS', 18),
    ('0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359', 'SAI', 'Sai Stablecoin v1.0', 18),
    ('0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2', 'MKR', 'Maker', 18),
    ('0xe0b7927c4af23765cb51314a0e0521a9645f0e2a', 'DGD', 'DigixDAO', 9)

),

token_amendments as (

    select
        -- keys
        token_address,
        -- attributes
        token_symbol,
        token_name,
        decimals,
        -- lineage
        {{ version() }} as changed_in
    from listed
    {% if is_incremental() %}
    union all
    select
        kept.token_address,
        kept.token_symbol,
        kept.token_name,
        kept.decimals,
        null as changed_in
    from {{ this }} as kept
    where kept.token_address not in (select listed.token_address from listed)
    {% endif %}

)

select * from token_amendments
