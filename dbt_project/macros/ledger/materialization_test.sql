{# dbt's own life of a test, but for one that has nothing to look at. #}
{% materialization test, adapter='postgres' %}
{% if is_settled() %}
    {{ nothing_new(graph.ledger.passed) }}
    {{ return({'relations': []}) }}
{% endif %}
{% set guarded = guard_raw(model) %}
{% if guarded.strip() %}
{% call statement('guard') %}{{ guarded }}{% endcall %}
{% endif %}
{{ return(dbt.materialization_test_default()) }}
{% endmaterialization %}
