{{ config(
    unique_key=['symbol', 'fetched_at', 'load_id', 'covers_from'],
    partition_by='months(covers_from)',
    prune_by='load_id',
) }}

with

answers as (

    {{ answers_of(
        arrived(source('raw', 'coinbase__candles')),
        is_asked="get_json_object(request, '$.granularity') = '60'",
        asked_from="try_cast(get_json_object(request, '$.start') as timestamp)",
        asked_to="try_cast(get_json_object(request, '$.end') as timestamp)
            + interval '1' minute",
        in_seconds=true,
    ) }}

)

select
    *
    {{- ', false as is_gone' if is_incremental() }}
from answers
