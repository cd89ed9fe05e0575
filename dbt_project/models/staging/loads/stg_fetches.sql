{# Nothing here can be read again once raw has lost its notes, so no full refresh. #}
{{ config(
    unique_key=['load_id', 'system', 'key', 'asked_from', 'asked_to', 'outcome'],
    landed_in="{row}.system || '__fetches'",
    lookups=[['system', 'key', 'outcome', 'asked_from']],
    full_refresh=false,
) }}

with

fetches as (

    select
        -- keys
        load_id,
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
    from {{ ref('stg_fetches__items') }}
    group by 1, 2, 3, 4, 5, 6

)

select * from fetches
