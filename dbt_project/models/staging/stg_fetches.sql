{{ config(
    materialized='incremental',
    unique_key=['load_id', 'system', 'key', 'asked_from', 'asked_to', 'outcome'],
    lookups=[['system', 'key', 'outcome', 'asked_from']],
) }}

with

fetches as (

    select
        -- keys
        _dlt_load_id as load_id,
        system,
        key,
        asked_from,
        asked_to,
        outcome,
        -- attributes
        max(sentence) as sentence,
        -- measures
        sum(pages)::bigint as pages,
        sum(seconds) as seconds,
        -- lineage
        max(fetched_at) as fetched_at,
        {{ version() }} as changed_in
    from {{ newly_arrived(source('raw', 'fetches')) }} as arrived
    group by 1, 2, 3, 4, 5, 6

)

select * from fetches
