{# The value of the latest row of a group; sorts the way `first_by` does, so once. #}
{% macro last_by(value, time) -%}
    {%- if target.type == 'spark' -%}
    max_by({{ value }}, {{ time }})
    {%- else -%}
    (array_agg({{ value }} order by {{ time }}))[count(*)]
    {%- endif -%}
{%- endmacro %}
