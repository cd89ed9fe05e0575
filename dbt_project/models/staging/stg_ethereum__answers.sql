{{ config(materialized='incremental', unique_key=['job_id']) }}

{% set columns = 'token_address,from_address,to_address,value,transaction_hash,'
    ~ 'log_index,block_timestamp,block_number,block_hash' %}

with

loads as (

    select
        request::jsonb ->> 'job' as job_id,
        _dlt_load_id as load_id
    from {{ newly_arrived(source('raw', 'ethereum__token_transfers')) }} as arrived
    group by 1, 2
    {% if is_incremental() %}
    -- a page that comes late belongs to those that came before
    union
    select
        kept.job_id,
        earlier.load_id
    from {{ named(this, 'kept') }}
    cross join lateral unnest(kept.load_ids) as earlier (load_id)
    where
        kept.job_id in (
            select late.request::jsonb ->> 'job'
            from {{ newly_arrived(source('raw', 'ethereum__token_transfers')) }} as late
        )
    {% endif %}

),

-- a page may have landed twice
pages as (

    select distinct on (loads.job_id, asked.page_number)
        loads.job_id,
        asked.page_number,
        asked.request,
        landed.payload,
        landed.fetched_at
    from loads
    inner join {{ named(source('raw', 'ethereum__token_transfers'), 'landed') }}
        on loads.load_id = landed._dlt_load_id
    cross join lateral (
        select
            landed.request::jsonb as request,
            (landed.request::jsonb ->> 'page')::bigint as page_number
        -- offset 0: read once
        offset 0 -- noqa: AM09
    ) as asked
    where asked.request ->> 'job' = loads.job_id
    order by loads.job_id, asked.page_number, landed.fetched_at desc

),

counted as (

    select
        pages.job_id,
        pages.request,
        pages.fetched_at,
        case
            when body.said ->> 'totalRows' ~ '^[0-9]{1,18}$'
                then (body.said ->> 'totalRows')::bigint
        end as announced_count,
        case coalesce(json_typeof(body.said -> 'rows'), 'none')
            when 'array' then json_array_length(body.said -> 'rows')
            when 'none' then 0
        end as row_count
    from pages
    cross join lateral (
        select case when pages.payload is json object then pages.payload::json end
                as said
        offset 0 -- noqa: AM09
    ) as body

),

answers as (

    select
        -- keys
        counted.job_id,
        -- attributes
        min((counted.request ->> 'from')::date) as block_date,
        bool_or(counted.request ? 'limit') as is_trial,
        coalesce(
            bool_and(
                counted.row_count is not null
                and counted.announced_count is not null
                and counted.request ->> 'columns' = '{{ columns }}'
            )
            and min(counted.announced_count) = sum(counted.row_count)
            and max(counted.announced_count) = sum(counted.row_count),
            false
        ) as is_whole,
        -- measures
        count(*) as page_count,
        coalesce(sum(counted.row_count), 0)::bigint as row_count,
        max(counted.announced_count) as announced_count,
        -- lineage
        max(counted.fetched_at) as fetched_at,
        (
            select array_agg(loads.load_id order by loads.load_id)
            from loads
            where loads.job_id = counted.job_id
        ) as load_ids,
        {{ version() }} as changed_in
    from counted
    group by 1

)

select * from answers
