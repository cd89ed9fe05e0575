{# The value of the earliest row of a group. #}
{% macro first_by(value, time) -%}
    (array_agg({{ value }} order by {{ time }}))[1]
{%- endmacro %}
