{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='15 minutes',
    part_width='5 minutes',
    minutes=15,
    parts=ref('fct_candles_5m')
) }}
