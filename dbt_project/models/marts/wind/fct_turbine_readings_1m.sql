{{ config(materialized='view') }}

with

readings as (

    select
        turbine_id,
        signal,
        read_at,
        value,
        fetched_at
    from {{ ref('stg_plant__readings') }}

)

select * from readings
