{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('fct_candles_15m'),
    width='1 hour',
    part_width='15 minutes',
    minutes=60
) }}
