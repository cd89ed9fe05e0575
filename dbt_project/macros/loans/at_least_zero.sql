{#
    The number of zero or more that a field of a file's row says, exact; null where it
    says none, or one beyond the bounds of an amount.
#}
{% macro at_least_zero(text) -%}
    (
        select parsed.amount
        from (
            values ({{ as_amount(text, 'decimal_mark') }})
        ) as parsed (amount)
        where parsed.amount >= 0 and {{ beyond('money', ['parsed.amount']) }} is null
    )
{%- endmacro %}
