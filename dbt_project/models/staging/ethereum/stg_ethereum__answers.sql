{{ config(
    unique_key=['job_id'],
    grouped_by=['block_date'],
    meta={'version': 2},
) }}

{% set columns = 'token_address,from_address,to_address,value,transaction_hash,'
    ~ 'log_index,block_timestamp,block_number,block_hash' %}

with

landed as not materialized (
    select * from {{ source('raw', 'ethereum__token_transfers') }}
),

loads as (

    select
        {{ job_of('arrived') }} as job_id,
        arrived._dlt_load_id as load_id
    from {{ newly_arrived(source('raw', 'ethereum__token_transfers')) }} as arrived
    group by 1, 2
    {% if is_incremental() %}
    -- a page that comes late belongs to those that came before
    union
    select
        kept.job_id,
        earlier.load_id
    from {{ this }} as kept
    cross join lateral unnest(kept.load_ids) as earlier (load_id)
    where
        kept.job_id in (
            select {{ job_of('late') }}
            from {{ newly_arrived(source('raw', 'ethereum__token_transfers')) }} as late
        )
    {% endif %}

),

asked as (

    select
        loads.job_id,
        loads.load_id,
        landed.request::jsonb as request,
        (landed.request::jsonb ->> 'page')::bigint as item_position,
        landed.payload,
        landed.fetched_at
    from loads
    inner join landed
        on
            loads.load_id = landed._dlt_load_id
            and loads.job_id = {{ job_of('landed') }}

),

-- a page may have landed twice
pages as (

    {{ newest_answer('asked', per=['job_id', 'item_position']) }}

),

bodies as (

    select
        pages.*,
        cardinality(string_to_array(parts.rows_text, '"}]},')) as plain_count,
        {{ json_body('parts.frame') }} as said
    from pages
    cross join lateral {{ plain_transfers('pages.payload') }} as parts -- noqa: ST05
    -- offset 0: read once
    offset 0 -- noqa: AM09

),

counted as (

    select
        job_id,
        request,
        fetched_at,
        case
            when said ->> 'totalRows' ~ '^[0-9]{1,18}$'
                then (said ->> 'totalRows')::bigint
        end as announced_count,
        case
            when plain_count is not null then plain_count
            when said -> 'rows' is null then 0
            when jsonb_typeof(said -> 'rows') = 'array'
                then jsonb_array_length(said -> 'rows')
        end as row_count
    from bodies

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
