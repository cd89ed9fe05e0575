{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    fills={'rejected_code': rejected_code('reason')},
    meta={'version': 3},
) }}

{% set key = ['symbol', 'opened_at'] %}
{% set values = [
    'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
    'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume', 'trade_count',
] %}
{% set columns = key
    + ['item', 'request', 'fetched_at', 'load_id', 'item_position', 'reason'] %}
{% set good = ref('stg_binance__klines') %}

with

unused as (

    {{ unused(ref('stg_binance__klines__leftovers'), good, key, values) }}

),

retracted as (

    {{ retracted_records(
        'unused',
        good,
        ref('stg_binance__klines__answers'),
        per=['symbol'],
        time='opened_at',
    ) }}

),

suspects as (

    {{ suspect_candles('unused', 'retracted', columns) }}

),

rejected as (

    {{ open_rejects('suspects', good=good, per=key) }}

)

select * from rejected
