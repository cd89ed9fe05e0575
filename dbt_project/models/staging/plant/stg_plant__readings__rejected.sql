{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set key = ['turbine_id', 'signal', 'read_at'] %}
{% set columns = key
    + ['item', 'request', 'fetched_at', 'load_id', 'item_position', 'reason'] %}
{% set good = ref('stg_plant__readings') %}
{% set reading = "turbine_id || coalesce(' ' || signal, '') "
    ~ "|| to_char(read_at at time zone 'utc', ' YYYY-MM-DD HH24:MI:SS.US')" %}

with

unused as (

    {{ unused(ref('stg_plant__readings__items'), good, key, ['value']) }}

),

retracted as (

    {{ retracted_records(
        'unused',
        good,
        ref('stg_plant__readings__answers'),
        per=['turbine_id', 'signal'],
        time='read_at',
    ) }}

),

suspects as (

    {{ suspects(reading, "(request::jsonb - 'end')::text", columns) }}

),

rejected as (

    {{ open_rejects('suspects', good=good, per=key) }}

)

select * from rejected
