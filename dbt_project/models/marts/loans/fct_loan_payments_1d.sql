{{ config(unique_key=['loan_id', 'paid_date']) }}

with

touched as (

    {% if is_incremental() %}
    select distinct loan_id
    from {{ changed(ref('stg_loans__payments'), {'loan_id': 'text'}) }} as payment
    {% else %}
    select distinct loan_id from {{ ref('stg_loans__payments') }}
    {% endif %}

),

paid as (

    select
        touched.loan_id,
        by_day.*
    from touched
    cross join lateral (
        select
            payments.paid_date,
            sum(payments.paid_amount) as paid_amount,
            count(*) as payment_count,
            sum(sum(payments.paid_amount)) over (
                order by payments.paid_date
            ) as paid_so_far
        from {{ named(ref('stg_loans__payments'), 'payments') }}
        where payments.loan_id = touched.loan_id
        group by 1
    ) as by_day

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
        paid.paid_so_far,
        -- lineage
        now() as updated_at,
        case when paid.loan_id is not null then {{ version() }} end as changed_in
    from days
    left outer join paid
        on days.loan_id = paid.loan_id and days.paid_date = paid.paid_date

)

select * from payments
