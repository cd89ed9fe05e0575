{#
    The pages of rankings of this build, each judged with the others of its answer; where
    these are not all, with those that earlier builds have read: a query. `read` is what
    `judge_snapshots` wants to know of them, a query of `landed_pages`, which have
    load_id, run, request, asked, fetched_at, told_at and body.
#}
{% macro snapshot_pages(relation, read) -%}
    {%- set parsed %}
        select
            landed._dlt_load_id as load_id,
            landed.run,
            landed.request,
            landed.asked,
            landed.fetched_at,
            {{ source_time('landed') }} as told_at,
            {{ json_body('landed.payload') }} as body
        from (landed_pages) as landed
    {% endset -%}
    {%- set arrived %}
        select
            landed.*,
            coalesce(asked.said ->> 'asked_at', landed._dlt_load_id) as run,
            asked.said as asked
        from {{ newly_arrived(relation) }} as landed
        cross join lateral (select landed.request::jsonb as said) as asked
    {% endset -%}
    with

    -- materialized: each page is parsed once
    arrived as materialized (
        {{ parsed | replace('landed_pages', arrived) }}
    ),

    new_pages as (
        {{ read | replace('landed_pages', 'arrived') }}
    ),

    judged_alone as materialized (

        {{ judge_snapshots('new_pages') }}

    ),

    earlier as materialized (
        {{ parsed | replace('landed_pages', earlier_pages(relation, 'judged_alone')) }}
    ),

    pages as (

        select * from new_pages
        union all
        {{ read | replace('landed_pages', 'earlier') }}
    )

    select judged.*
    from (
        {{ judge_snapshots('pages') }}
    ) as judged
{%- endmacro %}
