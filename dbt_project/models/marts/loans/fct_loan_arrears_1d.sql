{{ config(
    unique_key=['loan_id', 'arrears_date'],
    lookups=[['arrears_date']],
    meta={'version': 2},
) }}

with

instalments as not materialized (select * from {{ ref('fct_loan_instalments') }}),

payments as not materialized (select * from {{ ref('fct_loan_payments_1d') }}),

spans as (

    select * from {{ ref('int_loan_spans__touched') }}

),

-- what came before the first day counts on it
movements as (

    select
        spans.loan_id,
        greatest(movement.moved_date, spans.first_date) as arrears_date,
        sum(movement.due_amount) as due_amount,
        sum(movement.paid_amount) as paid_amount
    from spans
    cross join
        lateral (
            select
                instalments.due_date as moved_date,
                instalments.due_amount,
                0 as paid_amount
            from instalments
            where instalments.loan_id = spans.loan_id
            union all
            select
                payments.paid_date as moved_date,
                0 as due_amount,
                payments.paid_amount
            from payments
            where payments.loan_id = spans.loan_id
        ) as movement
    group by 1, 2

),

days as (

    select
        spans.loan_id,
        spans.first_date + day_number as arrears_date
    from spans
    cross join lateral generate_series(
        0, spans.last_date - spans.first_date
    ) as day_number

),

sums as (

    select
        days.loan_id,
        days.arrears_date,
        coalesce(sum(movements.due_amount) over so_far, 0) as due_amount,
        coalesce(sum(movements.paid_amount) over so_far, 0) as paid_amount
    from days
    left outer join movements
        on
            days.loan_id = movements.loan_id
            and days.arrears_date = movements.arrears_date
    window so_far as (partition by days.loan_id order by days.arrears_date)

),

-- the oldest instalment that an amount paid leaves open, whenever it is due
oldest as (

    select
        amounts.loan_id,
        amounts.paid_amount,
        (
            select min(instalments.due_date)
            from instalments
            where
                instalments.loan_id = amounts.loan_id
                and not {{ is_paid('amounts.paid_amount', 'instalments.due_so_far') }}
        ) as due_date
    from (
        select distinct
            sums.loan_id,
            sums.paid_amount
        from sums
    ) as amounts

),

arrears as (

    select
        -- keys
        sums.loan_id,
        sums.arrears_date,
        -- measures
        sums.due_amount,
        sums.paid_amount,
        case
            when {{ is_paid('sums.paid_amount', 'sums.due_amount') }} then 0
            else sums.due_amount - greatest(sums.paid_amount, 0)
        end as amount_at_risk,
        coalesce(greatest(sums.arrears_date - oldest.due_date, 0), 0) as days_past_due,
        -- lineage
        now() as updated_at
    from sums
    inner join oldest
        on
            sums.loan_id = oldest.loan_id
            and sums.paid_amount = oldest.paid_amount

),

{% if is_incremental() %}
-- days that a loan no longer has
outside as (

    select
        known.loan_id,
        known.arrears_date
    from {{ this }} as known
    inner join spans on known.loan_id = spans.loan_id
    where
        (known.arrears_date between spans.first_date and spans.last_date)
        is not true

),
{% endif %}

states as (

    {{ with_gone('arrears', 'outside', ['loan_id', 'arrears_date']) }}

)

select * from states
