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
        item_position,
        {{ version() }} as changed_in
    from items
    where reason is null
    {% if is_incremental() %}
    union all
    select
        loan_id,
        payment_id,
        is_reversal,
        paid_date,
        paid_amount,
        fetched_at,
        load_id,
        item_position,
        null as changed_in
    from {{ this }} as known
    where {{ missing_from_file(
        per=['loan_id', 'payment_id', 'is_reversal', 'paid_date']
    ) }}
    {% endif %}

)

select * from payments
