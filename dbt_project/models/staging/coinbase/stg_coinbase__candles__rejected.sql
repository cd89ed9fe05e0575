{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    group='crypto',
) }}

with

rejected as (

    {{ rejected_candles(
        ref('stg_coinbase__candles__items'),
        good=ref('stg_coinbase__candles'),
        answers=ref('stg_coinbase__candles__answers'),
        values=['open_price', 'high_price', 'low_price', 'close_price', 'base_volume'],
    ) }}

)

select * from rejected
