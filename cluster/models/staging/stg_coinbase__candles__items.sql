{{ config(
    unique_key=['load_id', 'fetched_at', 'request', 'item_position'],
    prune_by='load_id',
) }}

with

items as (

    {{ klines_of(
        arrived(source('raw', 'coinbase__candles')),
        places={
            'open_price': 3,
            'high_price': 2,
            'low_price': 1,
            'close_price': 4,
            'base_volume': 5,
        },
        fewest=6,
        is_asked="get_json_object(request, '$.granularity') = '60'",
        in_seconds=true,
    ) }}

)

select
    *
    {{- ', false as is_gone' if is_incremental() }}
from items
