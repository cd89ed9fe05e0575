{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        case
            when quote_currency ~ '^[A-Z]{3}$' and rate_date is not null
                then quote_currency || ' ' || to_char(rate_date, 'YYYY-MM-DD')
            else
                load_id || ' ' || request || ' #' || item_position
                || coalesce(' ' || left(quote_currency, 80), '')
        end as record_key,
        left(quote_currency, 80) as quote_currency,
        rate_date,
        reason,
        to_jsonb(item_text) as item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_ecb__rates__items') }}
    where reason is not null
    {% if is_incremental() %}
    union all
    select
        record_key,
        quote_currency,
        rate_date,
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
            from {{ named(ref('stg_ecb__rates'), 'good') }}
            where
                good.quote_currency = newest.quote_currency
                and good.rate_date = newest.rate_date
                -- or the same answer, judged anew by another list of currencies
                and (good.fetched_at, good.load_id, good.item_position)
                >= (newest.fetched_at, newest.load_id, newest.item_position)
        ) as is_resolved
    from newest

),

rejected as (

    select
        judged.record_key,
        judged.quote_currency,
        judged.rate_date,
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
