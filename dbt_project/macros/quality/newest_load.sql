{#
    When the newest completed load of a raw table's system stood, or was last found to
    be all that there is: a query of one row. A warehouse that nothing was ever loaded
    to has none, and no table of dlt's either.
#}
{% macro newest_load(table) %}
{% set system = table.split("__")[0] %}
{% if not run_query("select to_regclass('raw._dlt_loads')").rows[0][0] %}
select null::timestamptz as loaded_at
{% else %}
{% do run_query(guard_tables(['raw._dlt_loads', 'raw.' ~ system ~ '__fetches'])) %}
select greatest(newest.inserted_at, max(noted.fetched_at)) as loaded_at
from (values (true)) as always (is_row)
left outer join (
    select
        load_id,
        inserted_at
    from raw._dlt_loads
    -- by a clock that was wrong it may have landed in the future
    where
        status = 0
        and schema_name = '{{ system }}'
        and inserted_at <= now()
    order by 2 desc
    limit 1
) as newest on true
left outer join raw.{{ system }}__fetches as noted
    on newest.load_id = noted._dlt_load_id and noted.outcome = 'unchanged'
group by newest.inserted_at
{% endif %}
{% endmacro %}
