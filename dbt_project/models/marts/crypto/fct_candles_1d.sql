{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('fct_candles_4h'),
    width='24 hours',
    part_width='4 hours',
    minutes=1440
) }}
