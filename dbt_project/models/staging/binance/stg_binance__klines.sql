{{ config(
    unique_key=['symbol', 'opened_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 4},
) }}

with

klines as (

    {{ standing_candles(
        ref('stg_binance__klines__items'),
        answers=ref('stg_binance__klines__answers'),
        pages=source('raw', 'binance__klines'),
        values=[
            'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
            'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
            'trade_count',
        ],
        within=true,
    ) }}

)

select * from klines
