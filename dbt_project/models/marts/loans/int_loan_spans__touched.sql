{#
    The loans of which something changed that arrears are made of, with the days that
    they are told for; null where the loan has none.
#}
{{ config(materialized='ephemeral', access='private') }}

with

loan_spans as not materialized (select * from {{ ref('dim_loan_spans') }}),

touched as (

    select loan_id
    from {{ changed(ref('dim_loan_spans'), ['loan_id']) }} as span
    union
    select loan_id
    from {{ changed(ref('fct_loan_instalments'), ['loan_id']) }} as instalment
    union
    select loan_id
    from {{ changed(ref('fct_loan_payments_1d'), ['loan_id']) }} as payment

),

spans as (

    select
        touched.loan_id,
        span.first_date,
        span.last_date
    from touched
    left outer join loan_spans as span
        on touched.loan_id = span.loan_id

)

select * from spans
