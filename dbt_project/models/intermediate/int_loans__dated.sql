{{ config(unique_key=['system']) }}

{% set day = var('loans_as_of', none) %}

with

dated as (

    select
        'loans' as system,
        coalesce(
            {{ dbt.string_literal(day) ~ '::date' if day else 'null' }},
            (
                select max(payments.paid_date)
                from {{ named(ref('stg_loans__payments'), 'payments') }}
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
