{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

with

rejected as (

    {{ rejected_candles(
        ref('stg_binance__klines__leftovers'),
        good=ref('stg_binance__klines'),
        answers=ref('stg_binance__klines__answers'),
        values=[
            'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
            'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
            'trade_count',
        ],
    ) }}

)

select * from rejected
