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

states as (

    {{ with_gone_from_file('schedules', ['loan_id', 'schedule_id']) }}

)

select * from states
