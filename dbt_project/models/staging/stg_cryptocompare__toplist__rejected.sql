{# Nothing here can be read again once raw has lost its pages, so no full refresh. #}
{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    lookups=[['snapshot_at']],
    full_refresh=var('rebuild_pruned', false),
) }}

with

suspects as (

    select
        to_char(snapshot_at at time zone 'utc', 'YYYY-MM-DD HH24:MI ')
        || coalesce(coin_id::text, '#' || item_position) as record_key,
        snapshot_at,
        coin_id,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_cryptocompare__toplist__items') }}
    where reason is not null

),

rejected as (

    {{ unreplaced('suspects', good=ref('stg_cryptocompare__toplist')) }}

)

select * from rejected
