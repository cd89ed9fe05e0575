{{ config(unique_key=['loan_id'], meta={'version': 3}) }}

with

loans as not materialized (select * from {{ ref('dim_loans') }}),

dated as not materialized (select * from {{ ref('int_loans__dated') }}),

instalments as not materialized (select * from {{ ref('fct_loan_instalments') }}),

touched as (

    {% if is_incremental() %}
    select loan_id
    from {{ changed(ref('dim_loans'), ['loan_id']) }} as loan
    union
    select loan_id
    from {{ changed(ref('fct_loan_instalments'), ['loan_id']) }} as instalment
    union
    select loan_id
    from {{ changed(ref('fct_loan_payments_1d'), ['loan_id']) }} as payment
    union
    select loans.loan_id
    from loans
    where
        exists (
            select 1
            from {{ changed(ref('int_loans__dated'), ['portfolio']) }} as dated
        )
    {% else %}
    select loan_id from loans
    {% endif %}

),

lives as (

    select
        touched.loan_id,
        loans.loan_id is not null as is_there,
        dated.as_of_date,
        least(loans.loan_date_of_release, owed.first_due_date) as first_date,
        {{ is_paid('0', 'owed.due_amount') }} as is_free,
        {{ settled_since('touched.loan_id', 'owed.due_amount', 'dated.as_of_date') }}
            as settled_date
    from touched
    inner join dated on true
    left outer join loans
        on touched.loan_id = loans.loan_id
    cross join lateral (
        select
            min(instalments.due_date) as first_due_date,
            coalesce(sum(instalments.due_amount), 0) as due_amount
        from instalments
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
            when is_free then least(first_date, as_of_date)
            when settled_date is null then as_of_date
            else least(greatest(settled_date, first_date), as_of_date)
        end as last_date,
        -- lineage
        now() as updated_at,
        case when is_there then {{ version() }} end as changed_in
    from lives

)

select * from spans
