{{ config(
    meta={'version': 3},
    unique_key=['loan_id'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    lookups=[['borrower_id']],
) }}

with

items as (

    select * from {{ ref('stg_loans__loans__items') }}

),

loans as (

    select
        -- keys
        loan_id,
        borrower_id,
        -- attributes
        loan_date_of_release,
        term,
        loan_amount,
        downpayment,
        state,
        city,
        zip_code,
        payment_frequency,
        maturity_date,
        unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position
    from items
    where reason is null

),

states as (

    {{ with_gone_from_file('loans', ['loan_id']) }}

)

select * from states
