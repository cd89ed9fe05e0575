{{ config(unique_key=['loan_id', 'schedule_id'], meta={'version': 2}) }}

with

instalments as not materialized (select * from {{ ref('fct_loan_instalments') }}),

dated as not materialized (select * from {{ ref('int_loans__dated') }}),

touched as (

    {% if is_incremental() %}
    select
        loan_id,
        schedule_id
    from {{ changed(ref('fct_loan_instalments'), [
        'loan_id', 'schedule_id',
    ]) }} as instalment
    union
    select
        instalments.loan_id,
        instalments.schedule_id
    from {{ changed(ref('fct_loan_payments_1d'), ['loan_id']) }} as payment
    inner join instalments
        on payment.loan_id = instalments.loan_id
    union
    select
        instalments.loan_id,
        instalments.schedule_id
    from instalments
    where
        exists (
            select 1
            from {{ changed(ref('int_loans__dated'), ['portfolio']) }} as dated
        )
    {% else %}
    select
        loan_id,
        schedule_id
    from instalments
    {% endif %}

),

settled as (

    select
        touched.loan_id,
        touched.schedule_id,
        instalments.due_date,
        instalments.due_amount,
        dated.as_of_date,
        -- a payment after that day is not known yet
        case
            when {{ is_paid('0', 'instalments.due_so_far') }} then instalments.due_date
            else {{ settled_since(
                'touched.loan_id', 'instalments.due_so_far', 'dated.as_of_date'
            ) }}
        end as settled_date
    from touched
    inner join dated on true
    left outer join instalments
        on
            touched.loan_id = instalments.loan_id
            and touched.schedule_id = instalments.schedule_id

),

judged as (

    select
        settled.*,
        settled.due_date <= settled.as_of_date
        and (settled.settled_date <= settled.due_date) is not true as is_missed
    from settled

),

missed as (

    select
        -- keys
        loan_id,
        schedule_id,
        -- attributes
        due_date,
        settled_date,
        -- measures
        due_amount,
        coalesce(settled_date, as_of_date) - due_date as days_late,
        -- lineage
        now() as updated_at,
        case when is_missed then {{ version() }} end as changed_in
    from judged
    {% if not is_incremental() %}
    where is_missed
    {% endif %}

)

select * from missed
