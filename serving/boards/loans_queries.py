"""What the board of loans asks the marts."""

ARREARS = """
select
    arrears_date,
    coalesce(
        sum(amount_at_risk) filter (
            where days_past_due > coalesce(%(over)s::integer, -1)
        ),
        0
    ) as amount_at_risk,
    count(*) filter (
        where days_past_due > coalesce(%(over)s::integer, 0)
    ) as loan_count
from marts.fct_loan_arrears_1d
where
    arrears_date >= coalesce(%(from)s::date, '-infinity')
    and arrears_date <= coalesce(%(to)s::date, 'infinity')
    and arrears_date > (
        select least(max(arrears_date), %(to)s::date) from marts.fct_loan_arrears_1d
    ) - %(count)s::integer
group by 1
order by 1
"""
PORTFOLIO = """
with

open_loans as (

    select
        loans.*,
        newest.as_of_date,
        loans.total_amount_expected - greatest(loans.total_amount_paid, 0)
            as outstanding_amount
    from marts.rpt_loans as loans
    cross join (
        select max(arrears_date) as as_of_date from marts.fct_loan_arrears_1d
    ) as newest
    where
        loans.total_amount_expected - greatest(loans.total_amount_paid, 0) > 0.001
        and (loans.loan_date_of_release > newest.as_of_date) is not true

),

buckets (place, bucket, from_days, to_days) as (

    values
    (1, 'current', null, 0),
    (2, '1-30', 1, 30),
    (3, '31-60', 31, 60),
    (4, '61-90', 61, 90),
    (5, 'over 90', 91, null)

)

select
    buckets.bucket,
    count(loans.loan_id) as loan_count,
    coalesce(sum(loans.outstanding_amount), 0) as outstanding_amount,
    coalesce(sum(loans.amount_at_risk), 0) as amount_at_risk,
    coalesce(sum(loans.outstanding_amount - loans.amount_at_risk), 0)
        as not_yet_due_amount,
    round(
        100 * coalesce(sum(loans.outstanding_amount), 0)
        / sum(sum(loans.outstanding_amount)) over (),
        1
    ) as share_percent,
    max(max(loans.as_of_date)) over () as as_of_date,
    bool_or(bool_or(loans.has_stale_payments)) over () as has_stale_payments
from buckets
left outer join open_loans as loans
    on loans.current_days_past_due between
        coalesce(buckets.from_days, 0) and coalesce(buckets.to_days, 2147483647)
where exists (select 1 from open_loans)
group by buckets.place, buckets.bucket
order by buckets.place
"""
MOST = """
select
    loan_id as "Loan",
    current_days_past_due as "Days past due",
    amount_at_risk as "At risk",
    total_amount_paid as "Paid",
    total_amount_expected as "Expected",
    last_due_date as "Last due on",
    last_repayment_date as "Last paid on"
from marts.rpt_loans
where current_days_past_due > coalesce(%(over)s::integer, 0)
order by 2 desc, 3 desc, 1
limit 100
"""
