{# What a heading is known by: its letters and digits, without digits before them. #}
{% macro heading_letters(text) -%}
    regexp_replace(regexp_replace({{ text }}, '[^a-z0-9]', '', 'g'), '^[0-9]+', '')
{%- endmacro %}
