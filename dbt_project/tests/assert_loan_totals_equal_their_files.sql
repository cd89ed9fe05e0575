{# Fails for every loan whose totals are not those of its own rows in the files. #}
with

owed as (

    select
        loan_id,
        sum(due_amount) as amount
    from {{ ref('stg_loans__schedules') }}
    group by 1

),

paid as (

    select
        loan_id,
        sum(paid_amount) as amount
    from {{ ref('stg_loans__payments') }}
    where paid_date <= (
        select dated.as_of_date
        from {{ named(ref('int_loans__dated'), 'dated') }}
    )
    group by 1

),

wrong as (

    select report.loan_id
    from {{ named(ref('rpt_loans'), 'report') }}
    left outer join owed on report.loan_id = owed.loan_id
    left outer join paid on report.loan_id = paid.loan_id
    where
        report.total_amount_expected != coalesce(owed.amount, 0)
        or report.total_amount_paid != coalesce(paid.amount, 0)

)

select * from wrong
