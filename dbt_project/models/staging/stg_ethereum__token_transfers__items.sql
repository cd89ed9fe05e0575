{{ config(materialized='ephemeral') }}

{% set hash = '^0x[0-9a-f]{64}$' %}
{% set address = '^0x[0-9a-f]{40}$' %}

with

asked as (

    select
        newest.job_id,
        newest.block_date,
        (landed.request::jsonb ->> 'page')::bigint as item_position,
        landed.request,
        landed.payload,
        landed.fetched_at,
        landed._dlt_load_id as load_id
    from {{ ref('stg_ethereum__answers__newest') }} as newest
    cross join lateral unnest(newest.load_ids) as loads (load_id)
    inner join {{ named(source('raw', 'ethereum__token_transfers'), 'landed') }}
        on
            loads.load_id = landed._dlt_load_id
            and newest.job_id = landed.request::jsonb ->> 'job'

),

-- a page may have landed twice
pages as (

    {{ newest_answer('asked', per=['job_id', 'item_position']) }}

),

cells as (

    select
        pages.block_date,
        pages.request,
        pages.fetched_at,
        pages.load_id,
        parts.item,
        pages.item_position * 1000000 + parts.item_position as item_position,
        lower(parts.item -> 'f' -> 0 ->> 'v') as token_address,
        lower(parts.item -> 'f' -> 1 ->> 'v') as from_address,
        lower(parts.item -> 'f' -> 2 ->> 'v') as to_address,
        parts.item -> 'f' -> 3 ->> 'v' as amount_text,
        lower(parts.item -> 'f' -> 4 ->> 'v') as transaction_hash,
        parts.item -> 'f' -> 5 ->> 'v' as index_text,
        parts.item -> 'f' -> 6 ->> 'v' as time_text,
        parts.item -> 'f' -> 7 ->> 'v' as number_text,
        lower(parts.item -> 'f' -> 8 ->> 'v') as block_hash
    from pages
    cross join lateral {{ query_rows('pages.payload') }} as parts

),

read as (

    select
        cells.*,
        case
            when cells.item is null then 'not readable as JSON'
            when (cells.token_address ~ '{{ address }}') is not true
                then 'no address of a token'
            when
                cells.from_address !~ '{{ address }}'
                or cells.to_address !~ '{{ address }}'
                then 'not an address where one belongs'
            when (cells.amount_text ~ '^[0-9]{1,78}$') is not true then 'no amount'
            when (cells.transaction_hash ~ '{{ hash }}') is not true
                then 'no hash of a transaction'
            when (cells.index_text ~ '^[0-9]{1,9}$') is not true then 'no log index'
            when (cells.time_text ~ '^[0-9]{15,17}$') is not true then 'no block time'
            when (cells.number_text ~ '^[0-9]{1,18}$') is not true
                then 'no number of a block'
            when (cells.block_hash ~ '{{ hash }}') is not true then 'no hash of a block'
        end as unreadable
    from cells
    -- offset 0: judged once, though each cast below asks
    offset 0 -- noqa: AM09

),

typed as (

    select
        read.block_date,
        read.transaction_hash,
        case when read.unreadable is null then read.index_text::bigint end as log_index,
        read.token_address,
        read.from_address,
        read.to_address,
        case when read.unreadable is null then read.amount_text::numeric(78, 0) end
            as amount_raw,
        case
            when read.unreadable is null
                then {{ epoch_to_timestamp('read.time_text::numeric') }}
        end as block_at,
        case when read.unreadable is null then read.number_text::bigint end
            as block_number,
        read.block_hash,
        read.fetched_at,
        read.load_id,
        read.item_position,
        read.request,
        read.item,
        read.unreadable
    from read
    offset 0 -- noqa: AM09

),

placed as (

    select
        typed.*,
        case
            when typed.unreadable is not null then typed.unreadable
            when (typed.block_at at time zone 'utc')::date != typed.block_date
                then 'not of the day that was asked'
        end as senseless
    from typed

),

judged as (

    select
        -- keys
        block_date,
        transaction_hash,
        log_index,
        -- attributes
        token_address,
        from_address,
        to_address,
        block_at,
        block_number,
        block_hash,
        -- measures
        amount_raw,
        -- lineage
        fetched_at,
        load_id,
        item_position,
        request,
        item,
        {{ reason_of_the_last(per=['block_date', 'transaction_hash', 'log_index']) }}
            as reason
    from placed

)

select * from judged
