{#
    Every row of the newest file of payments that can be used, one row per line, typed
    and judged. Dates and numbers are read as stg_loans__files says of the file, in the
    forms of as_date and as_amount. Columns status, payment_status, type and
    payment_type are read where there are such: a row that is reversed, failed,
    cancelled, pending, written off or the like moves no money; a reversal, refund or
    chargeback takes some back, whatever its sign; so does an amount below zero. A row
    that lacks a key, a day that there is or an amount, or has a status that is not
    known, is rejected, and one of a loan that is not in the file of loans; of several
    good ones of a payment, and of what is taken back of it on one day, the last counts.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set statuses = ['status', 'payment_status', 'type', 'payment_type'] %}

with

loans as not materialized (select * from {{ ref('stg_loans__loans') }}),

lines as (

    select
        *,
        {{ said('loan_id') }} as loan_id,
        {{ said('payment_id') }} as payment_id,
        {{ as_date(said('paid_date'), 'date_order') }} as paid_date,
        {{ as_amount(said('paid_amount'), 'decimal_mark') }} as told_amount
    from {{ file_rows(
        'payments.csv', or_if=changed(ref('stg_loans__loans'), ['loan_id'])
    ) }} as entry

),

moved as (

    select
        *,
        {{ payment_effect(statuses) }} as effect,
        {{ unknown_status(statuses) }} as unknown_status
    from lines

),

payments as (

    select
        *,
        case effect
            when 0 then 0
            when -1 then -abs(told_amount)
            else told_amount
        end as paid_amount
    from moved

),

judged as (

    select
        *,
        paid_amount < 0 as is_reversal,
        case when paid_amount < 0 then paid_date end as reversed_on,
        case
            when unreadable is not null then unreadable
            when loan_id is null then {{ reason('no loan') }}
            {{ too_long('loan_id', 'a loan') }}
            when payment_id is null then {{ reason('no payment') }}
            {{ too_long('payment_id', 'a payment') }}
            when paid_date is null then {{ why_no_date(said('paid_date')) }}
            when unknown_status is not null
                then {{ why_no_status('unknown_status') }}
            -- as long as it is that day nowhere on earth
            when
                effect != 0
                and paid_date
                > (fetched_at at time zone 'utc' + interval '14 hours')::date
                then {{ reason('in the future') }}
            when paid_amount is null then {{ why_no_amount(said('paid_amount')) }}
            when
                loan_id not in (
                    select loans.loan_id
                    from loans
                )
                then {{ reason('a loan that is not in the book') }}
            else {{ beyond('money', ['paid_amount']) }}
        end as senseless
    from payments

),

items as (

    select
        -- keys
        loan_id,
        payment_id,
        is_reversal,
        -- attributes
        paid_date,
        -- measures
        paid_amount,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        swapped,
        {{ duplicate_reason(per=[
            'loan_id', 'payment_id', 'is_reversal', 'reversed_on',
        ]) }} as reason
    from judged

)

select * from items
