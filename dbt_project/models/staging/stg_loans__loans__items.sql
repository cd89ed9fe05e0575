{{ config(materialized='ephemeral') }}

with

lines as (

    select
        *,
        item ->> 'loanid' as loan_id,
        {{ as_date("item ->> 'dateofrelease'") }} as loan_date_of_release,
        {{ as_date("item ->> 'maturitydate'") }} as maturity_date,
        {{ as_amount("item ->> 'term'") }} as term,
        {{ as_amount("item ->> 'loanamount'") }} as loan_amount,
        {{ as_amount("item ->> 'downpayment'") }} as downpayment
    from {{ file_rows(
        source('raw', 'loans__loans'), ['loanid', 'borrowerid', 'dateofrelease']
    ) }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when loan_id is null then 'no loan'
        end as senseless
    from lines

),

items as (

    select
        -- keys
        loan_id,
        item ->> 'borrowerid' as borrower_id,
        -- attributes
        loan_date_of_release,
        term,
        loan_amount,
        downpayment,
        item ->> 'state' as state,
        item ->> 'city' as city,
        item ->> 'zipcode' as zip_code,
        item ->> 'paymentfrequency' as payment_frequency,
        maturity_date,
        {{ unread(item='item', fields={
            'loan_date_of_release': 'dateofrelease',
            'maturity_date': 'maturitydate',
            'term': 'term',
            'loan_amount': 'loanamount',
            'downpayment': 'downpayment',
        }) }} as unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        {{ reason_of_the_last(per=['loan_id']) }} as reason
    from judged

)

select * from items
