{#
    When the newest completed load of a raw table's system stood: a query of one row. A
    warehouse that nothing was ever loaded to has none, and no table of dlt's either.
#}
{% macro newest_load(table) %}
{% if not run_query("select to_regclass('raw._dlt_loads')").rows[0][0] %}
select null::timestamptz as loaded_at
{% else %}
select max(inserted_at) as loaded_at
from raw._dlt_loads
where status = 0 and schema_name = '{{ table.split("__")[0] }}'
{% endif %}
{% endmacro %}
