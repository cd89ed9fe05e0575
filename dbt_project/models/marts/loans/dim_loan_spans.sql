{{ config(unique_key=['loan_id']) }}

with

touched as (

    {% if is_incremental() %}
    select loan_id
    from {{ changed(ref('dim_loans'), {'loan_id': 'text'}) }} as loan
    union
    select loan_id
    from {{ changed(ref('fct_loan_instalments'), {'loan_id': 'text'}) }} as instalment
    union
    select loans.loan_id
    from {{ named(ref('dim_loans'), 'loans') }}
    where
        exists (
            select 1
            from {{ changed(ref('int_loans__dated'), {'portfolio': 'text'}) }} as dated
        )
    {% else %}
    select loan_id from {{ ref('dim_loans') }}
    {% endif %}

),

lives as (

    select
        touched.loan_id,
        loans.loan_id is not null as is_there,
        dated.as_of_date,
        least(loans.loan_date_of_release, owed.first_due_date) as first_date,
        owed.is_settled,
        owed.settled_date
    from touched
    inner join {{ named(ref('int_loans__dated'), 'dated') }} on true
    left outer join {{ named(ref('dim_loans'), 'loans') }}
        on touched.loan_id = loans.loan_id
    cross join lateral (
        select
            min(instalments.due_date) as first_due_date,
            max(instalments.settled_date) as settled_date,
            count(*) = count(instalments.settled_date) as is_settled
        from {{ named(ref('fct_loan_instalments'), 'instalments') }}
        where instalments.loan_id = touched.loan_id
    ) as owed

),

spans as (

    select
        -- keys
        loan_id,
        -- attributes
        first_date,
        case
            when is_settled then least(greatest(settled_date, first_date), as_of_date)
            else as_of_date
        end as last_date,
        -- lineage
        now() as updated_at,
        case when is_there then {{ version() }} end as changed_in
    from lives

)

select * from spans
