{# A relation under a name; with `--empty`, dbt gives it another, and there can't be two. #}
{% macro named(relation, name) -%}
    (select * from {{ relation }}) as {{ name }}
{%- endmacro %}
