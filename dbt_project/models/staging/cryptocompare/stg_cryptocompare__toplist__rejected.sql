{# Nothing here can be read again once raw has lost its pages, so no full refresh. #}
{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    lookups=[['snapshot_at']],
    full_refresh=var('rebuild_pruned', false),
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

with

items as (

    select * from {{ ref('stg_cryptocompare__toplist__items') }}

),

rejected as (

    {{ open_rejects_of_snapshots('items', good=ref('stg_cryptocompare__toplist')) }}

)

select * from rejected
