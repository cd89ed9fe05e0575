{#
    Every row of the pages of tokens that this build reads, one row per page and place
    in it, its cells as they were sent.
#}
{{ config(materialized='ephemeral', access='private') }}

with

cells as (

    select
        pages._dlt_load_id as load_id,
        pages.request,
        {{ job_of('pages') }} as job_id,
        pages.fetched_at,
        parts.item,
        parts.item_position,
        lower(parts.item -> 'f' -> 0 ->> 'v') as address_text,
        parts.item -> 'f' -> 1 ->> 'v' as symbol_sent,
        parts.item -> 'f' -> 2 ->> 'v' as name_sent,
        nullif(btrim(parts.item -> 'f' -> 3 ->> 'v'), '') as decimals_text,
        nullif(btrim(parts.item -> 'f' -> 4 ->> 'v'), '') as supply_text,
        parts.item -> 'f' -> 5 ->> 'v' as time_text,
        parts.item -> 'f' -> 6 ->> 'v' as number_text
    from {{ newly_arrived(source('raw', 'ethereum__tokens')) }} as pages
    -- the macro reads a page once, for which it needs subqueries
    cross join lateral {{ query_rows('pages.payload') }} as parts -- noqa: ST05

)

select * from cells
