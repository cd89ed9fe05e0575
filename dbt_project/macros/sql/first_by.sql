{# The value of the earliest row of a group. #}
{% macro first_by(value, time) -%}
    {%- if target.type == 'spark' -%}
    min_by({{ value }}, {{ time }})
    {%- else -%}
    (array_agg({{ value }} order by {{ time }}))[1]
    {%- endif -%}
{%- endmacro %}
