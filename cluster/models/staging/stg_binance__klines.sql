{{ config(unique_key=['symbol', 'opened_at']) }}

{{ winners_of(
    ref('stg_binance__klines__items'),
    ref('stg_binance__klines__answers'),
    measures=[
        'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
        'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume',
        'trade_count',
    ]
) }}
