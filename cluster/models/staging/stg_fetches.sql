{{ config(
    unique_key=['load_id', 'system', 'key', 'asked_from', 'asked_to', 'outcome'],
    partition_by='months(asked_from)',
    prune_by='load_id',
) }}

with

notes as (

    {% for table in ['binance__fetches', 'coinbase__fetches'] %}
    select * from {{ arrived(source('raw', table)) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

fetches as (

    select
        -- keys
        load_id,
        system,
        case
            when length(key) > 200 then concat(left(key, 167), ' ', md5(key)) else key
        end as key,
        asked_from,
        asked_to,
        outcome,
        -- attributes
        max(sentence) as sentence,
        -- measures
        sum(pages) as pages,
        sum(seconds) as seconds,
        -- lineage
        max(fetched_at) as fetched_at
    from notes
    where outcome != 'unchanged'
    group by 1, 2, 3, 4, 5, 6

)

select
    *
    {{- ', false as is_gone' if is_incremental() }}
from fetches
