{# Start of the UTC bucket of `width` that holds a time; weeks open on Monday. #}
{% macro bucket(time, width) -%}
    date_bin('{{ width }}', {{ time }}, '2001-01-01 00:00:00+00'::timestamptz)
{%- endmacro %}
