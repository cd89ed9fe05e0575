{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='1 hour',
    part_width='15 minutes',
    minutes=60,
    parts=ref('fct_candles_15m')
) }}
