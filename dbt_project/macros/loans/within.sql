{# The fields of a line, without empty ones behind the last of so many columns. #}
{% macro within(fields, columns) -%}
    {%- set more = 'greatest(cardinality(' ~ fields ~ ') - ' ~ columns ~ ', 0)' -%}
    case
        when
            {{ fields }} = trim_array({{ fields }}, {{ more }})
            || array_fill(null::text, array[{{ more }}])
            then trim_array({{ fields }}, {{ more }})
        else {{ fields }}
    end
{%- endmacro %}
