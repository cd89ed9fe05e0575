{{ config(
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    group='crypto',
) }}

{% set key = ['symbol', 'opened_at'] %}
{% set columns = key
    + ['item', 'request', 'fetched_at', 'load_id', 'item_position', 'reason'] %}
{% set good = ref('stg_coinbase__candles') %}

with

unused as (

    {{ unused(ref('stg_coinbase__candles__items'), good, key, [
        'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
    ]) }}

),

retracted as (

    {{ retracted_records(
        'unused',
        good,
        ref('stg_coinbase__candles__answers'),
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
