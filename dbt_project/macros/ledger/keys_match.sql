{# Whether two relations' rows have the same values in these columns. #}
{% macro keys_match(left, right, columns) -%}
    {%- for column in columns %}
    {{- ' and ' if not loop.first }}{{ left }}.{{ column }} = {{ right }}.{{ column }}
    {%- endfor %}
{%- endmacro %}
