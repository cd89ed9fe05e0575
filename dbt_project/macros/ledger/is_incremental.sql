{# dbt's own question; what is rebuilt is made by the query of a first build. #}
{% macro is_incremental() %}
{{ return(dbt.is_incremental() and not is_rebuilt()) }}
{% endmacro %}
