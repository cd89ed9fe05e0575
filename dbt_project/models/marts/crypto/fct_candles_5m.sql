{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('stg_binance__klines'),
    width='5 minutes',
    part_width='1 minute',
    minutes=5
) }}
