{{ config(unique_key=['loan_id', 'schedule_id']) }}

with

touched as (

    {% if is_incremental() %}
    select
        loan_id,
        schedule_id
    from {{ changed(ref('fct_loan_instalments'), {
        'loan_id': 'text', 'schedule_id': 'text',
    }) }} as instalment
    union
    select
        instalments.loan_id,
        instalments.schedule_id
    from {{ named(ref('fct_loan_instalments'), 'instalments') }}
    where exists (
        select 1
        from {{ changed(ref('int_loans__dated'), {'system': 'text'}) }} as dated
    )
    {% else %}
    select
        loan_id,
        schedule_id
    from {{ ref('fct_loan_instalments') }}
    {% endif %}

),

judged as (

    select
        -- keys
        touched.loan_id,
        touched.schedule_id,
        -- attributes
        instalments.due_date,
        -- a payment after that day is not known yet
        case
            when instalments.settled_date <= dated.as_of_date
                then instalments.settled_date
        end as settled_date,
        dated.as_of_date,
        -- measures
        instalments.due_amount
    from touched
    inner join {{ named(ref('int_loans__dated'), 'dated') }} on true
    left join {{ named(ref('fct_loan_instalments'), 'instalments') }}
        on
            touched.loan_id = instalments.loan_id
            and touched.schedule_id = instalments.schedule_id

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
        case
            when due_date <= as_of_date and (settled_date <= due_date) is not true
                then {{ version() }}
        end as changed_in
    from judged

)

select * from missed
{% if not is_incremental() %}
where changed_in is not null
{% endif %}
