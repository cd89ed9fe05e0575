{{ config(
    unique_key=['load_id', 'fetched_at', 'request', 'item_position'],
    prune_by='load_id',
) }}

with

items as (

    {{ klines_of(
        arrived(source('raw', 'binance__klines')),
        places={
            'open_price': 1,
            'high_price': 2,
            'low_price': 3,
            'close_price': 4,
            'base_volume': 5,
            'quote_volume': 7,
            'trade_count': 8,
            'taker_buy_base_volume': 9,
            'taker_buy_quote_volume': 10,
        },
        fewest=11,
        is_asked="get_json_object(request, '$.interval') = '1m'",
    ) }}

)

select
    *
    {{- ', false as is_gone' if is_incremental() }}
from items
