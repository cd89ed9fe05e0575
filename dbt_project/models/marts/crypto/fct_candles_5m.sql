{{ config(
    unique_key=['exchange', 'symbol', 'opened_at'],
    lookups=[['opened_at']],
) }}

{{ candles(
    width='5 minutes',
    part_width='1 minute',
    minutes=5
) }}
