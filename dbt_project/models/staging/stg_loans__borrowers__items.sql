{{ config(materialized='ephemeral') }}

with

lines as (

    select
        *,
        item ->> 'borrowerid' as borrower_id,
        {{ as_amount("item ->> 'borrowercreditscore'") }} as borrower_credit_score
    from {{ file_rows(source('raw', 'loans__borrowers'), ['borrowerid']) }} as entry

),

judged as (

    select
        *,
        case
            when unreadable is not null then unreadable
            when borrower_id is null then 'no borrower'
        end as senseless
    from lines

),

items as (

    select
        -- keys
        borrower_id,
        -- attributes
        item ->> 'state' as state,
        item ->> 'city' as city,
        item ->> 'zipcode' as zip_code,
        borrower_credit_score,
        {{ unread(item='item', fields={
            'borrower_credit_score': 'borrowercreditscore',
        }) }} as unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        is_readable,
        {{ reason_of_the_last(per=['borrower_id']) }} as reason
    from judged

)

select * from items
