{{ config(
    unique_key=['symbol', 'opened_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    group='crypto',
) }}

{% set columns = [
    'symbol', 'opened_at', 'open_price', 'high_price', 'low_price', 'close_price',
    'base_volume', 'fetched_at', 'load_id', 'item_position',
] %}

with

candles as (

    select
        {{ columns | join(',\n        ') }},
        {{ version() }} as changed_in
    from {{ ref('stg_coinbase__candles__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('candles', per=['symbol', 'opened_at']) }}

),

retained as (

    {{ retracting(
        'winners',
        ref('stg_coinbase__candles__answers'),
        per=['symbol'],
        time='opened_at',
        columns=columns,
        width='1 hour',
        page_table=source('raw', 'coinbase__candles'),
        page_rows=klines_in_page('landed', in_seconds=true),
    ) }}

)

select * from retained
