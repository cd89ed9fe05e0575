{#
    The candles of an exchange that stand: of the judged `items` the newest good one of
    each minute, without those that newer complete `answers` lack, as `retracting` says. A
    query with symbol, opened_at, the `values` and the lineage.

    `pages` is their raw table, whose candles begin with a time, in seconds or finer.
    `within` says that no candle lies outside of what its answer covers.
#}
{% macro standing_candles(
    items, answers, pages, values, in_seconds=false, within=false
) %}
{% set key = ['symbol', 'opened_at'] %}
{% set columns = key + values + ['fetched_at', 'load_id', 'item_position'] %}
with

candles as (

    select
        {{ columns | join(', ') }},
        {{ version() }} as changed_in
    from {{ items }}
    where reason is null

),

winners as (

    {{ newest_answer('candles', per=key) }}

),

retained as (

    {{ retracting(
        'winners',
        answers,
        per=['symbol'],
        time='opened_at',
        columns=columns,
        width='1 hour',
        page_table=pages,
        page_rows=klines_in_page('landed', in_seconds),
        within=within,
    ) }}

)

select * from retained
{% endmacro %}
