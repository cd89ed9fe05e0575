{#
    A node's result where there is nothing to do: dbt wants one, and nothing is sent. Its
    own `noop_statement` would also write a file of no SQL.
#}
{% macro nothing_new(result=none) %}
{% do store_raw_result(
    'main', message='NOTHING NEW', code='NOTHING NEW', rows_affected=none,
    agate_table=result
) %}
{% endmacro %}
