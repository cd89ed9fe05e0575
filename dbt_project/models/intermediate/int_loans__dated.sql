{{ config(unique_key=['portfolio'], meta={'version': 2}) }}

with

dated as (

    select
        'loans' as portfolio,
        coalesce(
            nullif('{{ var('loans_as_of', '') }}', '')::date,
            (
                select max(payments.paid_date)
                from {{ named(ref('stg_loans__payments'), 'payments') }}
                where payments.paid_amount != 0
            ),
            (
                select max(loans.loan_date_of_release)
                from {{ named(ref('stg_loans__loans'), 'loans') }}
            )
        ) as as_of_date,
        now() as updated_at,
        {{ version() }} as changed_in

)

select * from dated
