{# The schema of the ledger, which lies next to the tables that it is about. #}
{% macro ledger() -%}
    {{ generate_schema_name('ops', none) }}
{%- endmacro %}
