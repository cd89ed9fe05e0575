{#
    The state of every loan at the end of a day, one row per loan: a query of marts
    alone, so that whoever may read them may call the function. `as_of` is an
    expression of type date; `of`, a query of loans, restricts it to them.

    What is scheduled counts whole, whenever it is due; what was paid or taken back later
    than the day does not count. The marts are rendered, since a build with --empty would else leave a
    function of no rows.
#}
{% macro loan_portfolio_at(as_of, of=none) %}
    select
        -- keys
        loans.loan_id,
        loans.borrower_id,
        -- attributes
        loans.loan_date_of_release,
        loans.term,
        loans.loan_amount,
        loans.downpayment,
        loans.state,
        loans.city,
        loans.zip_code,
        loans.payment_frequency,
        loans.maturity_date,
        -- measures
        coalesce({{ as_of }} - owed.oldest_due_date, 0) as current_days_past_due,
        owed.last_due_date,
        paid.last_repayment_date,
        case
            when {{ is_paid('paid.paid_amount', 'owed.due_amount') }} then 0
            else owed.due_amount - greatest(paid.paid_amount, 0)
        end as amount_at_risk,
        loans.borrower_credit_score,
        null::text as branch,
        null::text as branch_id,
        null::text as borrower_name,
        paid.paid_amount as total_amount_paid,
        owed.scheduled_amount as total_amount_expected,
        loans.payments_file_at,
        loans.has_stale_payments
    from {{ named(ref('dim_loans').render(), 'loans') }}
    cross join lateral (
        select
            coalesce(sum(payments.paid_amount), 0) as paid_amount,
            max(payments.paid_date) filter (
                where
                    payments.repayment_count > 0
                    and (payments.taken_back_date <= {{ as_of }}) is not true
            ) as last_repayment_date
        from {{ named(ref('fct_loan_payments_1d').render(), 'payments') }}
        where
            payments.loan_id = loans.loan_id
            and payments.paid_date <= {{ as_of }}
    ) as paid
    cross join lateral (
        select
            coalesce(sum(instalments.due_amount), 0) as scheduled_amount,
            coalesce(sum(instalments.due_amount) filter (
                where instalments.due_date <= {{ as_of }}
            ), 0) as due_amount,
            max(instalments.due_date) filter (
                where instalments.due_date <= {{ as_of }}
            ) as last_due_date,
            min(instalments.due_date) filter (
                where
                    instalments.due_date <= {{ as_of }}
                    and not {{ is_paid('paid.paid_amount', 'instalments.due_so_far') }}
            ) as oldest_due_date
        from {{ named(ref('fct_loan_instalments').render(), 'instalments') }}
        where instalments.loan_id = loans.loan_id
    ) as owed
    {%- if of %}
    where loans.loan_id in ({{ of }})
    {%- endif %}
{% endmacro %}
