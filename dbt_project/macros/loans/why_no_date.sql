{# Why a text says no day, in the words of a reject. #}
{% macro why_no_date(text) -%}
    {%- set day = '([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}'
        ~ '|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})' -%}
    case
        when {{ text }} is null then {{ reason('no date') }}
        when {{ text }} ~ '^{{ day }}$' then {{ reason('not a valid date') }}
        when {{ text }} ~ '^{{ day }}[ T][0-9]{1,2}:'
            then {{ reason(
                'a date with a time other than midnight: write only the day'
            ) }}
        else {{ reason('no date in a form that is read: write it like 2024-02-01') }}
    end
{%- endmacro %}
