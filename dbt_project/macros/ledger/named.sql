{# A relation under a name; with `--empty` dbt gives it another, so as a query. #}
{% macro named(relation, name) -%}
    (select * from {{ relation }}) as {{ name }}
{%- endmacro %}
