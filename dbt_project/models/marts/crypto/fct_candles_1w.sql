{{ config(unique_key=['symbol', 'opened_at'], lookups=[['opened_at']]) }}

{{ candles(ref('fct_candles_1d'), width='7 days', part_width='1 day', minutes=10080) }}
