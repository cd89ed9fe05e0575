{#
    Every row of the newest whole answers that are new to this build, one row per page
    and place in it, its cells as they were sent.
#}
{{ config(materialized='ephemeral', access='private') }}

with

newest as not materialized (select * from {{ ref('stg_ethereum__answers__newest') }}),

landed as not materialized (

    select * from {{ source('raw', 'ethereum__token_transfers') }}

),

asked as (

    select
        newest.job_id,
        newest.block_date,
        (landed.request::jsonb ->> 'page')::bigint as item_position,
        landed.request,
        landed.payload,
        landed.fetched_at,
        landed._dlt_load_id as load_id
    from newest
    cross join lateral unnest(newest.load_ids) as loads (load_id)
    inner join landed
        on
            loads.load_id = landed._dlt_load_id
            and newest.job_id = {{ job_of('landed') }}

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
        parts.row_text,
        parts.row_text is not null as is_plain,
        pages.item_position * 1000000 + parts.item_position as item_position,
        parts.texts[1] as token_address,
        parts.texts[2] as from_address,
        parts.texts[3] as to_address,
        parts.texts[4] as amount_text,
        parts.texts[5] as transaction_hash,
        parts.texts[6] as index_text,
        parts.texts[7] as time_text,
        parts.texts[8] as number_text,
        parts.texts[9] as block_hash
    from pages
    -- the macro reads a page once, for which it needs subqueries
    cross join lateral {{ transfer_rows('pages.payload') }} as parts -- noqa: ST05
    -- offset 0: taken apart once
    offset 0 -- noqa: AM09

)

select * from cells
