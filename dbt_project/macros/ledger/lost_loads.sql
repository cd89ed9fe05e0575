{#
    What the raw tables that a model reads have lost of loads that are noted, by what
    stg_loads__tables counted: a row per table with the number of its loads that left
    rows there, of which none is there, and when the last of them landed. What was pruned
    is not lost.
#}
{% macro lost_loads(node) %}
{% set counted = generate_schema_name('staging', none) ~ '.stg_loads__tables' %}
{% set queries = [] %}
{% for table in upstreams(node)
    if table.resource_type == 'source' and '__' in table.identifier %}
    {% set query %}
select
    '{{ table.identifier }}' as table_name,
    count(*) as load_count,
    max(known.loaded_at)::text as loaded_at
from {{ counted }} as known
inner join raw._dlt_loads as loads on known.load_id = loads.load_id
where
    loads.status = 0
    and known.table_name = '{{ table.identifier }}'
    and known.row_count > 0
    and not exists (
        select 1
        from {{ table.schema }}.{{ table.identifier }} as landed
        where landed._dlt_load_id = known.load_id
    )
    and not exists (
        select 1
        from {{ ledger() }}.pruned
        where
            pruned.table_name = known.table_name
            and pruned.pruned_to >= known.loaded_at
    )
having count(*) > 0
    {% endset %}
    {% do queries.append(query) %}
{% endfor %}
{% set exists = "select to_regclass('" ~ counted ~ "')" %}
{% if queries and run_query(exists).rows[0][0] %}
    {{ return(run_query(guard_raw(node) ~ queries | join('union all')).rows) }}
{% endif %}
{{ return([]) }}
{% endmacro %}
