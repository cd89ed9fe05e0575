{{ config(
    unique_key=['loan_id', 'payment_id', 'is_reversal', 'paid_date'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    lookups=[['paid_date']],
    meta={'version': 2},
) }}

with

items as (

    select * from {{ ref('stg_loans__payments__items') }}

),

payments as (

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
        item_position
    from items
    where reason is null

),

states as (

    {{ with_gone_from_file(
        'payments', ['loan_id', 'payment_id', 'is_reversal', 'paid_date']
    ) }}

)

select * from states
