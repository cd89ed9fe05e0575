{{ config(unique_key=['asset']) }}

with

listed (asset, currency) as (

    values
    ('USDC', 'USD'),
    ('USDT', 'USD')

),

pegged_assets as (

    select
        -- keys
        asset,
        -- attributes
        currency,
        -- lineage
        {{ version() }} as changed_in
    from listed
    {% if is_incremental() %}
    union all
    select
        kept.asset,
        kept.currency,
        null as changed_in
    from {{ this }} as kept
    where kept.asset not in (select listed.asset from listed)
    {% endif %}

)

select * from pegged_assets
