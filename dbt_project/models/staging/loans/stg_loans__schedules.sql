{{ config(
    meta={'version': 3},
    unique_key=['loan_id', 'schedule_id'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

items as (

    select * from {{ ref('stg_loans__schedules__items') }}

),

schedules as (

    select
        -- keys
        loan_id,
        schedule_id,
        -- attributes
        due_date,
        -- measures
        due_amount,
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
        schedule_id,
        due_date,
        due_amount,
        fetched_at,
        load_id,
        item_position,
        null as changed_in
    from {{ this }} as known
    where {{ missing_from_file(per=['loan_id', 'schedule_id']) }}
    {% endif %}

)

select * from schedules
