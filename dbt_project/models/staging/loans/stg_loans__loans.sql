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

{% if is_incremental() %}
-- what is there is held against what the file has, if it can be read
stored as (

    select loan_id
    from {{ this }}
    where
        exists (
            select 1
            from items
            where items.is_readable
        )

),
{% endif %}

states as (

    {{ with_gone('loans', 'stored', ['loan_id']) }}

)

select * from states
