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
        item_position
    from items
    where reason is null

),

{% if is_incremental() %}
-- what is there is held against what the file has, if it can be read
stored as (

    select
        loan_id,
        schedule_id
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

    {{ with_gone('schedules', 'stored', ['loan_id', 'schedule_id']) }}

)

select * from states
