{#
    The notes that this build reads of what became of each asked key, of all systems,
    one row per note as it landed.
#}
{{ config(materialized='ephemeral', access='private') }}

with

notes as (

    {% for system in systems().split() %}
    {% set table = system ~ '__fetches' %}
    select
        -- keys
        _dlt_load_id as load_id,
        '{{ table }}' as table_name,
        system,
        {{ shortened('key') }} as key, -- noqa: RF04
        asked_from,
        asked_to,
        outcome,
        -- attributes
        sentence,
        -- measures
        pages,
        seconds,
        -- lineage
        fetched_at
    from {{ newly_arrived(source('raw', table)) }} as arrived
    -- such a note may be noted with a load that was read before it
    where outcome != 'unchanged'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from notes
