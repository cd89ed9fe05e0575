{# Whether all that a table holds could be built from what raw still has. #}
{% macro is_refreshable(node) %}
{% set pruned = run_query(
    "select 1 from " ~ ledger() ~ ".pruned where table_name in ('"
    ~ upstreams(node) | map(attribute='name') | join("', '") ~ "')"
) %}
{{ return(node.config.get('full_refresh') is not false and not pruned) }}
{% endmacro %}
