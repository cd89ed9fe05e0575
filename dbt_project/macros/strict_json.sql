{#
    A text that is to be JSON, with the bare words NaN and Infinity, which JSON lacks and
    Python's writes, as texts.
#}
{% macro strict_json(payload) -%}
    {%- set bare = '(?<=[[:space:]:,[])(NaN|-?Infinity)(?=[]},[:space:]])' -%}
    regexp_replace({{ payload }}, '{{ bare }}', '"\1"', 'g')
{%- endmacro %}
