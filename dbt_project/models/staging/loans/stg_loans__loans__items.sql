{#
    Every row of the newest file that can be used of loans, one row per line, typed and
    judged. Dates and numbers are read as stg_loans__files says of the file, in the
    forms of as_date and as_amount. A date that there is not, such as 02/29/2023, and an
    amount that is no number become null, their texts are kept in unread_fields. A row
    without loan_id is rejected; of several good ones of a loan the last counts.
#}
{{ config(materialized='ephemeral', access='private') }}

with

lines as (

    select
        *,
        {{ said('loan_id') }} as loan_id,
        {{ as_date(said('loan_date_of_release'), 'date_order') }}
            as loan_date_of_release,
        {{ as_date(said('maturity_date'), 'date_order') }} as maturity_date,
        {{ at_least_zero(said('term')) }} as term,
        {{ at_least_zero(said('loan_amount')) }} as loan_amount,
        {{ at_least_zero(said('downpayment')) }} as downpayment
    from {{ file_rows('loans.csv') }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when loan_id is null then {{ reason('no loan') }}
            {{ too_long('loan_id', 'a loan') }}
            {{ too_long(said('borrower_id'), 'a borrower') }}
        end as senseless
    from lines

),

items as (

    select
        -- keys
        loan_id,
        {{ said('borrower_id') }} as borrower_id,
        -- attributes
        loan_date_of_release,
        term,
        loan_amount,
        downpayment,
        {{ said('state') }} as state,
        {{ said('city') }} as city,
        {{ said('zip_code') }} as zip_code,
        {{ said('payment_frequency') }} as payment_frequency,
        maturity_date,
        {{ unparsed_fields([
            'loan_date_of_release', 'maturity_date', 'term', 'loan_amount',
            'downpayment',
        ]) }} as unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        swapped,
        {{ duplicate_reason(per=['loan_id']) }} as reason
    from judged

)

select * from items
