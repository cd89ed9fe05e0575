{{ config(
    meta={'version': 3},
    unique_key=['borrower_id'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

items as (

    select * from {{ ref('stg_loans__borrowers__items') }}

),

borrowers as (

    select
        -- keys
        borrower_id,
        -- attributes
        state,
        city,
        zip_code,
        borrower_credit_score,
        unread_fields,
        -- lineage
        fetched_at,
        load_id,
        item_position
    from items
    where reason is null

),

states as (

    {{ with_gone_from_file('borrowers', ['borrower_id']) }}

)

select * from states
