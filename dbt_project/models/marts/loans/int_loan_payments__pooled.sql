{#
    Every payment of a loan of which one changed, with the pool that it is of: what takes
    money back does so from the payment of its payment_id, else from one of the same
    amount, else from the newest money.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set payments = ref('stg_loans__payments') %}

with

all_payments as not materialized (select * from {{ payments }}),

touched as (

    select distinct loan_id
    from {{ changed(payments, ['loan_id']) }} as payment

),

pooled as (

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
        from all_payments as held
        where
            held.loan_id = touched.loan_id
            and held.paid_amount != 0
        window
            by_id as (partition by held.payment_id),
            by_amount as (partition by abs(held.paid_amount))
    ) as payments

)

select * from pooled
