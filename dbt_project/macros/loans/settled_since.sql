{#
    Since which day a loan's payments have covered what was due up to an instalment, as
    known at the end of the day `as_of`, or of all days; null while they don't. What was
    taken back can uncover it: then the day counts on which it was covered again.
#}
{% macro settled_since(loan_id, due_so_far, as_of=none) -%}
    {%- set payments = named(ref('fct_loan_payments_1d'), 'paid') -%}
    {%- set is_known -%}
        paid.loan_id = {{ loan_id }}
        {%- if as_of %}
        and paid.paid_date <= {{ as_of }}
        {%- endif %}
    {%- endset -%}
    (
        select min(paid.paid_date)
        from {{ payments }}
        where
            {{ is_known }}
            and paid.paid_date > coalesce(
                (
                    select max(paid.paid_date)
                    from {{ payments }}
                    where
                        {{ is_known }}
                        and not {{ is_paid('paid.paid_so_far', due_so_far) }}
                ),
                '-infinity'
            )
    )
{%- endmacro %}
