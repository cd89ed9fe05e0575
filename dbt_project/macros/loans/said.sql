{# The text of a field of a file's row, as `file_rows` gives it; null without one. #}
{% macro said(field) -%}
    item ->> (fields ->> '{{ field }}')
{%- endmacro %}
