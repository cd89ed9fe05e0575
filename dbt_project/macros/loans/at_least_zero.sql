{#
    The number of zero or more that a field of a file's row says, exact; null where it
    says none, or one beyond the bounds of an amount.
#}
{% macro at_least_zero(text) -%}
    (
        select told.amount
        from (
            values ({{ as_amount(text, 'decimal_mark') }})
        ) as told (amount)
        where told.amount >= 0 and {{ beyond('money', ['told.amount']) }} is null
    )
{%- endmacro %}
