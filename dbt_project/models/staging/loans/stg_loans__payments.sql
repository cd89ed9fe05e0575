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

{% if is_incremental() %}
-- what is there is held against what the file has, if it can be read
stored as (

    select
        loan_id,
        payment_id,
        is_reversal,
        paid_date
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

    {{ with_gone(
        'payments', 'stored', ['loan_id', 'payment_id', 'is_reversal', 'paid_date']
    ) }}

)

select * from states
