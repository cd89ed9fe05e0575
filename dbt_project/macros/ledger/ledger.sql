{# The schema of the ledger, which lies beside the tables that it tells of. #}
{% macro ledger() -%}
    {{ generate_schema_name('ops', none) }}
{%- endmacro %}
