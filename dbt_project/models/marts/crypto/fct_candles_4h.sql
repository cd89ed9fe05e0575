{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='4 hours',
    part_width='1 hour',
    minutes=240,
    parts=ref('fct_candles_1h')
) }}
