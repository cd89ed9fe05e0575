{#
    Every closed 1-minute candle of the pages that this build reads, one row per page
    and place in it, typed and judged.
#}
{{ config(materialized='ephemeral', access='private', group='crypto') }}

with

arrived as (

    select * from {{ newly_arrived(source('raw', 'coinbase__candles')) }} as pages

),

items as (

    {{ klines_of(
        'arrived',
        places={
            'open_price': 3,
            'high_price': 2,
            'low_price': 1,
            'close_price': 4,
            'base_volume': 5,
        },
        fewest=6,
        is_asked="request::jsonb ->> 'granularity' = '60'",
        in_seconds=true,
    ) }}

)

select * from items
