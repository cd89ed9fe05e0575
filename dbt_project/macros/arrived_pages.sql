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

        select run
        from recent
        where asked ? 'asked_at'
        group by 1
        having
            count(*) = 1
            and min((asked ->> 'wanted')::bigint)
            > min(coalesce(asked ->> 'page_size', asked ->> 'limit')::bigint)

    )

    select * from recent
    union all
    select
        landed.*,
        {{ asked }} as run,
        landed.request::jsonb as asked
    from {{ named(relation, 'landed') }}
    where
        exists (select 1 from alone)
        and {{ asked }} = any(array(select alone.run from alone))
        and landed._dlt_load_id in {{ known_loads() }}
        and landed._dlt_load_id not in {{ arrived_loads() }}
{%- endmacro %}
