{{ config(unique_key=['loan_id']) }}

with

loans as not materialized (select * from {{ ref('stg_loans__loans') }}),

borrowers as not materialized (select * from {{ ref('stg_loans__borrowers') }}),

loan_files as not materialized (select * from {{ ref('stg_loans__files') }}),

touched as (

    {% if is_incremental() %}
    select loan_id
    from {{ changed(ref('stg_loans__loans'), ['loan_id']) }} as loan
    union
    select loans.loan_id
    from {{ changed(ref('stg_loans__borrowers'), ['borrower_id']) }} as borrower
    inner join loans
        on borrower.borrower_id = loans.borrower_id
    union
    select loans.loan_id
    from loans
    where
        exists (
            select 1
            from {{ changed(ref('stg_loans__files'), ['file_name']) }} as news
            where news.file_name = 'payments.csv'
        )
    {% else %}
    select loan_id from loans
    {% endif %}

),

described as (

    select
        -- keys
        touched.loan_id,
        loans.borrower_id,
        -- attributes
        loans.loan_date_of_release,
        loans.term,
        loans.loan_amount,
        loans.downpayment,
        coalesce(loans.state, borrowers.state) as state,
        coalesce(loans.city, borrowers.city) as city,
        coalesce(loans.zip_code, borrowers.zip_code) as zip_code,
        loans.payment_frequency,
        loans.maturity_date,
        borrowers.borrower_credit_score,
        payments_file.changed_at as payments_file_at,
        coalesce(payments_file.is_stale, false) as has_stale_payments,
        -- lineage
        now() as updated_at,
        case when loans.loan_id is not null then {{ version() }} end as changed_in
    from touched
    left outer join loans
        on touched.loan_id = loans.loan_id
    left outer join borrowers
        on loans.borrower_id = borrowers.borrower_id
    left outer join loan_files as payments_file
        on payments_file.file_name = 'payments.csv'

)

select * from described
