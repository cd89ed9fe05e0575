{#
    A text that is to be JSON, with what jsonb does not take for a number as texts: the
    bare words NaN and Infinity, which JSON lacks and Python's writes, and numbers of
    more digits or a larger exponent than anything is measured in.
#}
{% macro strict_json(payload) -%}
    {%- set large = '-?[0-9.]+[eE][+-]?[0-9]{5,}|-?[0-9.]{250,}(?:[eE][+-]?[0-9]+)?' -%}
    {%- set bare = '(?<=[[:space:]:,[])(NaN|-?Infinity|' ~ large
        ~ ')(?=[]},[:space:]])' -%}
    regexp_replace({{ payload }}, '{{ bare }}', '"\1"', 'g')
{%- endmacro %}
