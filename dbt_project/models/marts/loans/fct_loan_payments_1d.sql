{{ config(unique_key=['loan_id', 'paid_date']) }}

with

touched as (

    {% if is_incremental() %}
    select distinct loan_id
    from {{ changed(ref('stg_loans__payments'), ['loan_id']) }} as payment
    {% else %}
    select distinct loan_id from {{ ref('stg_loans__payments') }}
    {% endif %}

),

-- what takes money back does so from the payment of its payment_id, else from one of
-- the same amount, else from the newest money
moved as (

    select
        touched.loan_id,
        payments.*,
        case
            when payments.has_both_of_id then payments.payment_id
        end as pool_id,
        case
            when not payments.has_both_of_id and payments.has_both_of_amount
                then abs(payments.paid_amount)
        end as pool_amount
    from touched
    cross join lateral (
        select
            held.payment_id,
            held.is_reversal,
            held.paid_date,
            held.paid_amount,
            bool_or(held.is_reversal) over by_id
            and not bool_and(held.is_reversal) over by_id as has_both_of_id,
            bool_or(held.is_reversal) over by_amount
            and not bool_and(held.is_reversal) over by_amount as has_both_of_amount
        from {{ named(ref('stg_loans__payments'), 'held') }}
        where
            held.loan_id = touched.loan_id
            and held.paid_amount != 0
        window
            by_id as (partition by held.payment_id),
            by_amount as (partition by abs(held.paid_amount))
    ) as payments

),

pooled as (

    select
        moved.*,
        row_number() over in_order as place,
        sum(moved.paid_amount) over in_order as so_far
    from moved
    window in_order as (
        partition by moved.loan_id, moved.pool_id, moved.pool_amount
        order by moved.paid_date, moved.is_reversal, moved.payment_id
    )

),

repaid as (

    select
        pooled.loan_id,
        pooled.paid_date,
        pooled.payment_id,
        min(reversals.paid_date) as taken_back_date
    from pooled
    left outer join pooled as reversals
        on
            pooled.loan_id = reversals.loan_id
            and coalesce(pooled.pool_id, '') = coalesce(reversals.pool_id, '')
            and coalesce(pooled.pool_amount, 0) = coalesce(reversals.pool_amount, 0)
            and pooled.place < reversals.place
            and reversals.is_reversal
            and pooled.so_far - pooled.paid_amount >= reversals.so_far
    where not pooled.is_reversal
    group by 1, 2, 3

),

repayments as (

    select
        loan_id,
        paid_date,
        count(*) as repayment_count,
        case
            when count(*) = count(taken_back_date) then max(taken_back_date)
        end as taken_back_date
    from repaid
    group by 1, 2

),

paid as (

    select
        by_day.*,
        coalesce(repayments.repayment_count, 0) as repayment_count,
        repayments.taken_back_date,
        sum(by_day.paid_amount) over (
            partition by by_day.loan_id
            order by by_day.paid_date
        ) as paid_so_far
    from (
        select
            moved.loan_id,
            moved.paid_date,
            sum(moved.paid_amount) as paid_amount,
            count(*) as payment_count
        from moved
        group by 1, 2
    ) as by_day
    left outer join repayments
        on
            by_day.loan_id = repayments.loan_id
            and by_day.paid_date = repayments.paid_date

),

days as (

    select
        loan_id,
        paid_date
    from paid
    {% if is_incremental() %}
    union
    select
        known.loan_id,
        known.paid_date
    from {{ named(this, 'known') }}
    inner join touched on known.loan_id = touched.loan_id
    {% endif %}

),

payments as (

    select
        -- keys
        days.loan_id,
        days.paid_date,
        -- measures
        paid.paid_amount,
        paid.payment_count,
        paid.repayment_count,
        paid.paid_so_far,
        -- attributes
        paid.taken_back_date,
        -- lineage
        now() as updated_at,
        case when paid.loan_id is not null then {{ version() }} end as changed_in
    from days
    left outer join paid
        on days.loan_id = paid.loan_id and days.paid_date = paid.paid_date

)

select * from payments
