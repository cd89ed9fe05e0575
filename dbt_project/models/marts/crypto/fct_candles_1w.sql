{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='168 hours',
    part_width='24 hours',
    minutes=10080,
    parts=ref('fct_candles_1d')
) }}
