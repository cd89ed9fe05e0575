{{ config(
    materialized='incremental',
    unique_key=['record_key'],
    lineage=['fetched_at', 'load_id', 'item_position'],
) }}

with

suspects as (

    select
        coalesce(
            turbine_id || ' ' || signal
            || to_char(read_at at time zone 'utc', ' YYYY-MM-DD HH24:MI:SS.US'),
            (request::jsonb - 'end')::text || ' #' || item_position
        ) as record_key,
        turbine_id,
        signal,
        read_at,
        reason,
        item,
        request,
        fetched_at,
        load_id,
        item_position
    from {{ ref('stg_plant__readings__items') }}
    where reason is not null
    {% if is_incremental() %}
    union all
    select
        record_key,
        turbine_id,
        signal,
        read_at,
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
            from {{ named(ref('stg_plant__readings'), 'good') }}
            where
                good.turbine_id = newest.turbine_id
                and good.signal = newest.signal
                and good.read_at = newest.read_at
                and (good.fetched_at, good.load_id, good.item_position)
                > (newest.fetched_at, newest.load_id, newest.item_position)
        ) as is_resolved
    from newest

),

rejected as (

    select
        judged.record_key,
        judged.turbine_id,
        judged.signal,
        judged.read_at,
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
