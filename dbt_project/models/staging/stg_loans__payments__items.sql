{{ config(materialized='ephemeral') }}

{% set looks_like_a_date = "~ '^[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}$'" %}

with

lines as (

    select
        *,
        -- more dates under the heading of the amount than under that of the date
        count(*) filter (where item ->> 'amountpaid' {{ looks_like_a_date }}) over ()
        > count(*) filter (where item ->> 'datepaid' {{ looks_like_a_date }}) over ()
            as is_swapped
    from {{ file_rows(
        source('raw', 'loans__payments'),
        ['loanid', 'paymentid', 'amountpaid', 'datepaid'],
        or_if=changed(ref('stg_loans__loans'), {'loan_id': 'text'})
    ) }} as entry

),

fields as (

    select
        *,
        item
        ->> case when is_swapped then 'datepaid' else 'amountpaid' end as amount_text,
        item
        ->> case when is_swapped then 'amountpaid' else 'datepaid' end as date_text
    from lines

),

payments as (

    select
        *,
        item ->> 'loanid' as loan_id,
        item ->> 'paymentid' as payment_id,
        {{ as_date('date_text') }} as paid_date,
        {{ as_amount('amount_text') }} as paid_amount
    from fields

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when loan_id is null then 'no loan'
            when payment_id is null then 'no payment'
            when paid_date is null then 'no date that there is'
            -- as long as it is that day nowhere on earth
            when paid_date > (fetched_at at time zone 'utc' + interval '14 hours')::date
                then 'in the future'
            when amount_text ~ '^-[0-9]' then 'an amount below zero'
            when paid_amount is null then 'an amount that is no number'
            when
                loan_id not in (
                    select loans.loan_id
                    from {{ named(ref('stg_loans__loans'), 'loans') }}
                )
                then 'a loan that is not in the book'
        end as senseless
    from payments

),

items as (

    select
        -- keys
        loan_id,
        payment_id,
        -- attributes
        paid_date,
        -- measures
        paid_amount,
        is_swapped,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        {{ reason_of_the_last(per=['loan_id', 'payment_id']) }} as reason
    from judged

)

select * from items
