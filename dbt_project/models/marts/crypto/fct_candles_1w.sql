{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(
    ref('fct_candles_1d'),
    width='168 hours',
    part_width='24 hours',
    minutes=10080
) }}
