{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('fct_candles_5m'),
    width='15 minutes',
    part_width='5 minutes',
    minutes=15
) }}
