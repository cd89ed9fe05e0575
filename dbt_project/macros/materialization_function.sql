{# dbt's own life of a function, but for one that stands as it is to be. #}
{% materialization function, adapter='postgres' %}
{% if is_settled() %}
    {{ nothing_new() }}
    {{ return({'relations': [this.incorporate(type=this.Function)]}) }}
{% endif %}
{{ return(dbt.materialization_function_default()) }}
{% endmaterialization %}
