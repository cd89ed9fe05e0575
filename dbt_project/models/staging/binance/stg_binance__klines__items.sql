{#
    Every closed 1-minute candle of the pages that this build reads, one row per page
    and place in it, typed and judged: what the table of winners is drawn from.
#}
{{ config(materialized='ephemeral', access='private') }}

with

arrived as (

    select * from {{ newly_arrived(source('raw', 'binance__klines')) }} as pages

),

items as (

    {{ binance_klines('arrived') }}

)

select * from items
