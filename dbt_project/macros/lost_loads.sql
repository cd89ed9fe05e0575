{#
    What raw tables have lost though their loads stand: a query of one row per table
    with the number of its loads that left rows there, of which none is there, and when
    the last of them stood. `counted` is stg_loads__tables; what was pruned is not lost.
#}
{% macro lost_loads(tables, counted) %}
{% for table in tables %}
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
{{ 'union all' if not loop.last }}
{% endfor %}
{% endmacro %}
