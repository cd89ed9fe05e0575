{# Nothing here can be read again once raw has lost its pages, so no full refresh. #}
{{ config(
    unique_key=['snapshot_at', 'coin_id'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    full_refresh=var('rebuild_pruned', false),
    meta={'version': 3},
) }}

with

items as (

    select
        -- keys
        snapshot_at,
        coin_id,
        -- attributes
        symbol,
        coin_name,
        source_rank,
        -- measures
        price_usd,
        price_updated_at,
        -- attributes: an answer to the same effect is news by its time alone
        told_at as priced_at,
        -- measures: of the whole answer
        announced_count,
        missing_count,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request::jsonb ? 'asked_at' as is_named,
        reason
    from {{ ref('stg_coinmarketcap__listings__items') }}

),

-- columns are named, since a row to delete comes from the table itself
converged as (

    {{ latest_snapshot('items', [
        'coin_id', 'symbol', 'coin_name', 'source_rank', 'price_usd',
        'price_updated_at', 'priced_at',
        'announced_count', 'missing_count', 'fetched_at', 'load_id', 'item_position',
    ]) }}

)

select * from converged
