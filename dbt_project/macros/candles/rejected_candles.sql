{#
    The quarantine of an exchange's candles, by `open_rejects`: of the judged `items` those
    that nothing in `good` came of, as `unused` takes them by their `values`, and the good
    ones that newer `answers` lack; each under symbol and minute, or else under its
    request and place. A query.
#}
{% macro rejected_candles(items, good, answers, values) %}
{% set key = ['symbol', 'opened_at'] %}
{% set columns = key
    + ['item', 'request', 'fetched_at', 'load_id', 'item_position', 'reason'] %}
{% set candle = "symbol "
    ~ "|| to_char(opened_at at time zone 'utc', ' YYYY-MM-DD HH24:MI')" %}
with

unused as (

    {{ unused(items, good, key, values) }}

),

retracted as (

    {{ retracted_records('unused', good, answers, per=['symbol'], time='opened_at') }}

),

suspects as (

    {{ suspects(candle, 'request', columns) }}

),

rejected as (

    {{ open_rejects('suspects', good, per=key) }}

)

select * from rejected
{% endmacro %}
