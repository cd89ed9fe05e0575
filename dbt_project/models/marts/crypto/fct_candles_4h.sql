{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('fct_candles_1h'),
    width='4 hours',
    part_width='1 hour',
    minutes=240
) }}
