{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        coalesce(
            symbol || to_char(opened_at at time zone 'utc', ' YYYY-MM-DD HH24:MI'),
            request || ' #' || item_position
        ) as record_key,
        symbol,
        opened_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_binance__klines__items') }}
    where reason is not null

),

rejected as (

    {{ unresolved(
        'suspects',
        good=ref('stg_binance__klines'),
        per=['symbol', 'opened_at']
    ) }}

)

select * from rejected
