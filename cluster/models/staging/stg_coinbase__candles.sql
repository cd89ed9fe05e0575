{{ config(unique_key=['symbol', 'opened_at']) }}

{{ winners_of(
    ref('stg_coinbase__candles__items'),
    ref('stg_coinbase__candles__answers'),
    measures=['open_price', 'high_price', 'low_price', 'close_price', 'base_volume']
) }}
