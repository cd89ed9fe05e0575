{# The sum of whole numbers, as a bigint. #}
{% macro whole_sum(value) -%}
    sum({{ value }}){{ '::bigint' if target.type != 'spark' }}
{%- endmacro %}
