{{ config(materialized='view') }}

with

markets as (

    select
        exchange,
        symbol,
        base_asset,
        quote_asset,
        coin_id
    from {{ ref('stg_markets') }}

)

select * from markets
