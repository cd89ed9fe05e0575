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
        case when weight is not null then {{ version() }} end as changed_in
    from {{ newly_arrived(source('raw', 'tiny__things')) }} as arrived

),

winners as (

    {{ newest_answer('arrived', per=['room', 'shelf', 'thing']) }}

)

select * from winners
{% if not is_incremental() %}where changed_in is not null{% endif %}
