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
        item_position,
        {{ version() }} as changed_in
    from items
    where reason is null
    {% if is_incremental() %}
    union all
    select
        loan_id,
        borrower_id,
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
        fetched_at,
        load_id,
        item_position,
        null as changed_in
    from {{ this }} as known
    where {{ missing_from_file(per=['loan_id']) }}
    {% endif %}

)

select * from loans
