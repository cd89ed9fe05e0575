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
        item_position,
        {{ version() }} as changed_in
    from items
    where reason is null
    {% if is_incremental() %}
    union all
    select
        borrower_id,
        state,
        city,
        zip_code,
        borrower_credit_score,
        unread_fields,
        fetched_at,
        load_id,
        item_position,
        null as changed_in
    from {{ this }} as known
    where {{ missing_from_file(per=['borrower_id']) }}
    {% endif %}

)

select * from borrowers
