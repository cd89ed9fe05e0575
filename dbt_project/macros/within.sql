{# The fields of a line, without empty ones behind the last of so many columns. #}
{% macro within(fields, columns) -%}
    case
        when array_remove({{ fields }}[{{ columns }} + 1:], null) = '{}'
            then {{ fields }}[:{{ columns }}]
        else {{ fields }}
    end
{%- endmacro %}
