{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        coalesce(
            turbine_id || ' ' || signal
            || to_char(read_at at time zone 'utc', ' YYYY-MM-DD HH24:MI:SS.US'),
            (request::jsonb - 'end')::text || ' #' || item_position
        ) as record_key,
        turbine_id,
        signal,
        read_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_plant__readings__items') }}
    where reason is not null

),

rejected as (

    {{ unresolved(
        'suspects',
        good=ref('stg_plant__readings'),
        per=['turbine_id', 'signal', 'read_at']
    ) }}

)

select * from rejected
