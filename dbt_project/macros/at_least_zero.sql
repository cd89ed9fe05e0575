{# The number of zero or more that a field of a file's row says, exact, or null. #}
{% macro at_least_zero(text) -%}
    (
        select told.amount
        from (select {{ as_amount(text, 'decimal_mark') }} as amount offset 0) as told
        where told.amount >= 0
    )
{%- endmacro %}
