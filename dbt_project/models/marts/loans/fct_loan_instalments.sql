{{ config(unique_key=['loan_id', 'schedule_id'], meta={'version': 2}) }}

with

schedules as not materialized (select * from {{ ref('stg_loans__schedules') }}),

touched as (

    {% if is_incremental() %}
    select loan_id
    from {{ changed(ref('stg_loans__schedules'), ['loan_id']) }} as instalment
    union
    select loan_id
    from {{ changed(ref('fct_loan_payments_1d'), ['loan_id']) }} as payment
    {% else %}
    select distinct loan_id from schedules
    {% endif %}

),

owed as (

    select
        touched.loan_id,
        in_order.*
    from touched
    cross join lateral (
        select
            schedules.schedule_id,
            schedules.due_date,
            schedules.due_amount,
            sum(schedules.due_amount) over (
                order by schedules.due_date, schedules.schedule_id
            ) as due_so_far
        from schedules
        where schedules.loan_id = touched.loan_id
    ) as in_order

),

settled as (

    select
        owed.*,
        case
            when {{ is_paid('0', 'owed.due_so_far') }} then owed.due_date
            else {{ settled_since('owed.loan_id', 'owed.due_so_far') }}
        end as settled_date
    from owed

),

scheduled as (

    select
        loan_id,
        schedule_id
    from settled
    {% if is_incremental() %}
    union
    select
        known.loan_id,
        known.schedule_id
    from {{ this }} as known
    inner join touched on known.loan_id = touched.loan_id
    {% endif %}

),

instalments as (

    select
        -- keys
        scheduled.loan_id,
        scheduled.schedule_id,
        -- attributes
        settled.due_date,
        settled.settled_date,
        -- measures
        settled.due_amount,
        settled.due_so_far,
        -- lineage
        now() as updated_at,
        case when settled.loan_id is not null then {{ version() }} end as changed_in
    from scheduled
    left outer join settled
        on
            scheduled.loan_id = settled.loan_id
            and scheduled.schedule_id = settled.schedule_id

)

select * from instalments
