{{ config(unique_key=['loan_id', 'paid_date']) }}

{% set payments = ref('stg_loans__payments') %}

with

moved as (

    select * from {{ ref('int_loan_payments__pooled') }}

),

placed as (

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
        placed.loan_id,
        placed.paid_date,
        placed.payment_id,
        min(reversals.paid_date) as taken_back_date
    from placed
    left outer join placed as reversals
        on
            placed.loan_id = reversals.loan_id
            and coalesce(placed.pool_id, '') = coalesce(reversals.pool_id, '')
            and coalesce(placed.pool_amount, 0) = coalesce(reversals.pool_amount, 0)
            and placed.place < reversals.place
            and reversals.is_reversal
            and placed.so_far - placed.paid_amount >= reversals.so_far
    where not placed.is_reversal
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
    from {{ this }} as known
    inner join {{ changed(payments, ['loan_id']) }} as part
        on known.loan_id = part.loan_id
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
