{# Whether all that a table holds could be built from what raw still has. #}
{% macro is_refreshable(node) %}
{% if node.config.get('full_refresh') is false %}
    {{ return(false) }}
{% endif %}
{% set pruned = run_query(
    "select 1 from " ~ ledger() ~ ".pruned where table_name in ('"
    ~ upstreams(node) | map(attribute='name') | join("', '") ~ "')"
).rows %}
{{ return(not pruned and not lost_loads(node)) }}
{% endmacro %}
