{{ config(materialized='ephemeral') }}

with

arrived as (

    select * from {{ newly_arrived(source('raw', 'binance__klines')) }} as pages

),

items as (

    {{ klines_of('arrived') }}

)

select * from items
