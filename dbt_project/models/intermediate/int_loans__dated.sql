{{ config(unique_key=['portfolio'], meta={'version': 2}) }}

with

payments as not materialized (select * from {{ ref('stg_loans__payments') }}),

loans as not materialized (select * from {{ ref('stg_loans__loans') }}),

dated as (

    select
        'loans' as portfolio,
        coalesce(
            nullif('{{ var('loans_as_of', '') }}', '')::date,
            (
                select max(payments.paid_date)
                from payments
                where payments.paid_amount != 0
            ),
            (
                select max(loans.loan_date_of_release)
                from loans
            )
        ) as as_of_date,
        now() as updated_at,
        {{ version() }} as changed_in

)

select * from dated
