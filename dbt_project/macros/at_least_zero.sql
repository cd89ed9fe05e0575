{# The number of zero or more that a field of a file's row says, exact, or null. #}
{% macro at_least_zero(text) -%}
    case
        when {{ as_amount(text, 'decimal_mark') }} >= 0
            then {{ as_amount(text, 'decimal_mark') }}
    end
{%- endmacro %}
