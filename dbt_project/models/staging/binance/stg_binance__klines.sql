{{ config(
    unique_key=['symbol', 'opened_at'],
    lineage=['fetched_at', 'load_id', 'item_position'],
    meta={'version': 3},
) }}

with

klines as (

    select
        -- keys
        symbol,
        opened_at,
        -- measures
        open_price,
        high_price,
        low_price,
        close_price,
        base_volume,
        quote_volume,
        taker_buy_base_volume,
        taker_buy_quote_volume,
        trade_count,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        {{ version() }} as changed_in
    from {{ ref('stg_binance__klines__items') }}
    where reason is null

),

winners as (

    {{ newest_answer('klines', per=['symbol', 'opened_at']) }}

),

retained as (

    {{ retracting(
        'winners',
        ref('stg_binance__klines__answers'),
        per=['symbol'],
        time='opened_at',
        columns=[
            'symbol', 'opened_at', 'open_price', 'high_price', 'low_price',
            'close_price', 'base_volume', 'quote_volume', 'taker_buy_base_volume',
            'taker_buy_quote_volume', 'trade_count', 'fetched_at', 'load_id',
            'item_position',
        ],
        width='1 hour',
        page_table=source('raw', 'binance__klines'),
        page_rows=klines_in_page('landed'),
        within=true,
    ) }}

)

select * from retained
