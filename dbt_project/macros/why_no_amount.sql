{# Why a text says no number, in the words of a reject. #}
{% macro why_no_amount(text) -%}
    case
        when {{ text }} is null then 'no amount'
        else 'an amount that is no number, such as 1234.50'
    end
{%- endmacro %}
