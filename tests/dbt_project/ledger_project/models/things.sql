{{ config(
    schema='staging',
    unique_key=['room', 'shelf', 'thing'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

arrived as (

    select
        room,
        shelf,
        thing,
        weight,
        fetched_at,
        _dlt_load_id as load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ newly_arrived(source('raw', 'tiny__things')) }} as arrived

),

winners as (

    {{ newest_answer('arrived', per=['room', 'shelf', 'thing']) }}

)

select * from winners
