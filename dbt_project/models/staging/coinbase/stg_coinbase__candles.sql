{{ config(
    unique_key=['symbol', 'opened_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    group='crypto',
) }}

with

candles as (

    {{ standing_candles(
        ref('stg_coinbase__candles__items'),
        answers=ref('stg_coinbase__candles__answers'),
        pages=source('raw', 'coinbase__candles'),
        values=['open_price', 'high_price', 'low_price', 'close_price', 'base_volume'],
        in_seconds=true,
    ) }}

)

select * from candles
