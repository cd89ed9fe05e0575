{{ config(
    unique_key=['symbol', 'fetched_at', 'load_id', 'covers_from'],
    partition_by='months(covers_from)',
    prune_by='load_id',
) }}

with

answers as (

    {{ answers_of(
        arrived(source('raw', 'binance__klines')),
        is_asked="get_json_object(request, '$.interval') = '1m'",
        asked_from="timestamp_millis(
            try_cast(get_json_object(request, '$.startTime') as bigint)
        )",
        asked_to="timestamp_millis(
            try_cast(get_json_object(request, '$.endTime') as bigint) + 1
        )",
        limit="try_cast(get_json_object(request, '$.limit') as bigint)",
    ) }}

)

select
    *
    {{- ', false as is_gone' if is_incremental() }}
from answers
