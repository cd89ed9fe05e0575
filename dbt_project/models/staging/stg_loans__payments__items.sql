{{ config(materialized='ephemeral') }}

with

lines as (

    select
        *,
        {{ said('loan_id') }} as loan_id,
        {{ said('payment_id') }} as payment_id,
        {{ as_date(said('paid_date'), 'date_order') }} as paid_date,
        {{ as_amount(said('paid_amount'), 'decimal_mark') }} as told_amount
    from {{ file_rows(
        'payments.csv', or_if=changed(ref('stg_loans__loans'), {'loan_id': 'text'})
    ) }} as entry

),

payments as (

    select
        lines.*,
        statuses.unknown_status,
        statuses.effect = 0 as is_void,
        case statuses.effect
            when 0 then 0
            when -1 then -abs(lines.told_amount)
            else lines.told_amount
        end as paid_amount
    from lines
    cross join lateral (
        select
            case
                when bool_or(words.effect = 0) then 0
                else coalesce(min(words.effect), 1)
            end as effect,
            min(told.status) filter (where words.word is null) as unknown_status
        from (
            values
            ({{ said('status') }}), ({{ said('payment_status') }}),
            ({{ said('type') }}), ({{ said('payment_type') }})
        ) as told (status)
        left join {{ payment_words() }}
            on words.word = regexp_replace(lower(told.status), '[^a-z]', '', 'g')
        where told.status is not null
    ) as statuses

),

judged as (

    select
        *,
        paid_amount < 0 as is_reversal,
        case
            when unreadable is not null then unreadable
            when loan_id is null then 'no loan'
            when payment_id is null then 'no payment'
            when paid_date is null then {{ why_no_date(said('paid_date')) }}
            when unknown_status is not null
                then 'a status that is not known, ' || unknown_status || ': known are '
                || (select string_agg(words.word, ', ') from {{ payment_words() }})
            -- as long as it is that day nowhere on earth
            when
                not is_void
                and paid_date
                > (fetched_at at time zone 'utc' + interval '14 hours')::date
                then 'in the future'
            when paid_amount is null then {{ why_no_amount(said('paid_amount')) }}
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
        {{ reason_of_the_last(per=['loan_id', 'payment_id', 'is_reversal']) }}
            as reason
    from judged

)

select * from items
