{#
    The pages of rankings that came with the loads of this build, each with the `run`
    that it is of: a query. Where a page of several came alone, it comes with those of
    its run that earlier builds have read. They are looked for in all pages that raw
    still holds, so only then.
#}
{% macro arrived_pages(relation) -%}
    {%- set asked = "landed.request::jsonb ->> 'asked_at'" -%}
    with

    recent as (

        select
            landed.*,
            coalesce({{ asked }}, landed._dlt_load_id) as run,
            landed.request::jsonb as asked
        from {{ newly_arrived(relation) }} as landed

    ),

    alone as (

        select
            run,
            asked ->> 'snapshot_at' as snapshot_at
        from recent
        group by 1, 2
        having
            count(*) = 1
            and min((asked ->> 'wanted')::bigint)
            > min(coalesce(asked ->> 'page_size', asked ->> 'limit')::bigint)

    )

    select * from recent
    union all
    select
        earlier.*,
        alone.run,
        earlier.request::jsonb as asked
    from alone
    inner join lateral (
        select landed.*
        from {{ named(relation, 'landed') }}
        where
            {{ asked }} = alone.run
            and landed._dlt_load_id in {{ known_loads() }}
            and landed._dlt_load_id not in {{ arrived_loads() }}
        offset 0 -- noqa: AM09
    ) as earlier on true
{%- endmacro %}
