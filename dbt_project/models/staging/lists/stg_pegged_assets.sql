{{ config(unique_key=['asset']) }}

with

listed (asset, currency) as (

    values
    ('USD', 'USD'),
    ('USDC', 'USD'),
    ('USDT', 'USD')

),

states as (

    {{ with_gone('listed', this, ['asset']) }}

),

pegged_assets as (

    select
        -- keys
        asset,
        -- attributes
        currency,
        -- lineage
        changed_in
    from states

)

select * from pegged_assets
