{{ config(materialized='ephemeral') }}

with

lines as (

    select
        *,
        item ->> 'loanid' as loan_id,
        item ->> 'scheduleid' as schedule_id,
        {{ as_date("item ->> 'expectedpaymentdate'") }} as due_date,
        {{ as_amount("item ->> 'expectedpaymentamount'") }} as due_amount
    from {{ file_rows(
        source('raw', 'loans__schedules'),
        ['loanid', 'scheduleid', 'expectedpaymentdate', 'expectedpaymentamount'],
        or_if=changed(ref('stg_loans__loans'), {'loan_id': 'text'})
    ) }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when loan_id is null then 'no loan'
            when schedule_id is null then 'no instalment'
            when due_date is null then 'no date that there is'
            when item ->> 'expectedpaymentamount' ~ '^-[0-9]'
                then 'an amount below zero'
            when due_amount is null then 'an amount that is no number'
            when
                loan_id not in (
                    select loans.loan_id
                    from {{ named(ref('stg_loans__loans'), 'loans') }}
                )
                then 'a loan that is not in the book'
        end as senseless
    from lines

),

items as (

    select
        -- keys
        loan_id,
        schedule_id,
        -- attributes
        due_date,
        -- measures
        due_amount,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        {{ reason_of_the_last(per=['loan_id', 'schedule_id']) }} as reason
    from judged

)

select * from items
