{#
    Every row of the newest file that can be used of schedules, one row per line, typed
    and judged. Dates and numbers are read as stg_loans__files says of the file, in the
    forms of as_date and as_amount. A row that lacks a key, a day that there is or an
    amount of zero or more is rejected, and one of a loan that is not in the file of
    loans; of several good ones of an instalment the last counts.
#}
{{ config(materialized='ephemeral', access='private') }}

with

loans as not materialized (select * from {{ ref('stg_loans__loans') }}),

lines as (

    select
        *,
        {{ said('loan_id') }} as loan_id,
        {{ said('schedule_id') }} as schedule_id,
        {{ as_date(said('due_date'), 'date_order') }} as due_date,
        {{ as_amount(said('due_amount'), 'decimal_mark') }} as due_amount
    from {{ file_rows(
        'schedules.csv', or_if=changed(ref('stg_loans__loans'), ['loan_id'])
    ) }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when loan_id is null then {{ reason('no loan') }}
            {{ too_long('loan_id', 'a loan') }}
            when schedule_id is null then {{ reason('no instalment') }}
            {{ too_long('schedule_id', 'an instalment') }}
            when due_date is null then {{ why_no_date(said('due_date')) }}
            when due_amount is null then {{ why_no_amount(said('due_amount')) }}
            when due_amount < 0 then {{ reason('an amount below zero') }}
            when
                loan_id not in (
                    select loans.loan_id
                    from loans
                )
                then {{ reason('a loan that is not in the book') }}
            else {{ beyond('money', ['due_amount']) }}
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
        swapped,
        {{ duplicate_reason(per=['loan_id', 'schedule_id']) }} as reason
    from judged

)

select * from items
