{{ config(unique_key=['loan_id']) }}

with

loans as not materialized (select * from {{ ref('dim_loans') }}),

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

portfolio as (

    {{ loan_portfolio_at(
        as_of='(select as_of_date from ' ~ ref('int_loans__dated') ~ ')',
        of='select touched.loan_id from touched'
    ) }}

),

reported as (

    select
        touched.loan_id,
        {% for column in [
            'borrower_id', 'loan_date_of_release', 'term', 'loan_amount',
            'downpayment', 'state', 'city', 'zip_code', 'payment_frequency',
            'maturity_date', 'current_days_past_due', 'last_due_date',
            'last_repayment_date', 'amount_at_risk', 'borrower_credit_score',
            'branch', 'branch_id', 'borrower_name', 'total_amount_paid',
            'total_amount_expected', 'payments_file_at', 'has_stale_payments',
        ] %}
        portfolio.{{ column }},
        {% endfor %}
        now() as updated_at,
        case when portfolio.loan_id is not null then {{ version() }} end as changed_in
    from touched
    left outer join portfolio on touched.loan_id = portfolio.loan_id

)

select * from reported
