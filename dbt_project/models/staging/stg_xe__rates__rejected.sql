{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        case
            when
                base_currency ~ '^[A-Z]{3}$'
                and quote_currency ~ '^[A-Z]{3}$'
                and quoted_at is not null
                then
                    base_currency || quote_currency
                    || to_char(quoted_at at time zone 'utc', ' YYYY-MM-DD HH24:MI:SS')
            else load_id || ' ' || request || ' #' || item_position
        end as record_key,
        left(base_currency, 3) as base_currency,
        left(quote_currency, 3) as quote_currency,
        quoted_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_xe__rates__items') }}
    where reason is not null
    {% if is_incremental() %}
    union all
    select
        record_key,
        base_currency,
        quote_currency,
        quoted_at,
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
            from {{ named(ref('stg_xe__rates'), 'good') }}
            where
                good.base_currency = newest.base_currency
                and good.quote_currency = newest.quote_currency
                and good.quoted_at = newest.quoted_at
                -- or the same answer, judged anew by another list of currencies
                and (good.fetched_at, good.load_id, good.item_position)
                >= (newest.fetched_at, newest.load_id, newest.item_position)
        ) as is_resolved
    from newest

),

rejected as (

    select
        judged.record_key,
        judged.base_currency,
        judged.quote_currency,
        judged.quoted_at,
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
