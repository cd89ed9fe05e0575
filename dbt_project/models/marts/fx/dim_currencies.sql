{{ config(materialized='view') }}

with

currencies as (

    select
        currency,
        currency_name,
        is_in_use
    from {{ ref('stg_currencies') }}

)

select * from currencies
