{#
    Which keys were asked and answered as before, one row per note.
    Nothing landed for them, and no model builds anything from them.
#}
{{ config(materialized='ephemeral', access='private') }}

{# Of a system with several tables, a key begins with the table's own name. #}
{% set tables = {} %}
{% for table in raw_tables().split() %}
{% set system = table.split('__')[0] %}
{% do tables.update({
    system: "'" ~ system ~ "__' || split_part(key, '.', 1)"
    if system in tables else "'" ~ table ~ "'"
}) %}
{% endfor %}

with

notes as (

    {% for system, table in tables.items() %}
    select
        -- keys
        _dlt_load_id as load_id,
        {{ table }} as table_name,
        {{ shortened('key') }} as key, -- noqa: RF04
        -- lineage
        fetched_at
    from {{ source('raw', system ~ '__fetches') }}
    where outcome = 'unchanged'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from notes
