{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        coalesce(
            symbol || to_char(opened_at at time zone 'utc', ' YYYY-MM-DD HH24:MI'),
            request || ' #' || item_position
        ) as record_key,
        symbol,
        opened_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_binance__klines__items') }}
    where reason is not null
    {% if is_incremental() %}
    union all
    select
        record_key,
        symbol,
        opened_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ this }}
    {% endif %}

),

newest as (

    {{ newest_answer('suspects', per=['record_key']) }}

),

judged as (

    select
        newest.*,
        now() as updated_at,
        exists(
            select 1
            from {{ named(ref('stg_binance__klines'), 'good') }}
            where
                good.symbol = newest.symbol
                and good.opened_at = newest.opened_at
                and (good.fetched_at, good.load_id, good.item_position)
                > (newest.fetched_at, newest.load_id, newest.item_position)
        ) as is_resolved
    from newest

),

rejected as (

    select
        judged.record_key,
        judged.symbol,
        judged.opened_at,
        judged.reason,
        judged.item,
        judged.request,
        judged.fetched_at,
        judged.load_id,
        judged.item_position,
        judged.updated_at,
        case when not judged.is_resolved then {{ version() }} end as changed_in
    from judged
    {% if not is_incremental() %}
    where not judged.is_resolved
    {% endif %}

)

select * from rejected
