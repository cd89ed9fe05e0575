{# dbt's own question, which the variable `outdated` answers too. #}
{% macro should_full_refresh() %}
{{ return(is_refreshed(model)) }}
{% endmacro %}
