{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='24 hours',
    part_width='4 hours',
    minutes=1440,
    parts=ref('fct_candles_4h')
) }}
