{# Nothing here can be read again once raw has lost its pages, so no full refresh. #}
{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    lookups=[['snapshot_at']],
    full_refresh=var('rebuild_pruned', false),
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set minute = bucket('snapshot_at', '1 minute') %}

with

items as (

    select * from {{ ref('stg_cryptocompare__toplist__items') }}

),

suspects as (

    select
        to_char({{ minute }} at time zone 'utc', 'YYYY-MM-DD HH24:MI ')
        || coalesce(coin_id::text, '')
        || case
            when coin_id is null or is_another_value then '#' || item_position
            else ''
        end as record_key,
        {{ minute }} as snapshot_at,
        coin_id,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from items
    where reason is not null

),

rejected as (

    {{ open_rejects_of_snapshots(
        'suspects', 'items', good=ref('stg_cryptocompare__toplist')
    ) }}

)

select * from rejected
