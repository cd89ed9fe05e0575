{#
    The pages of rankings that earlier builds have read of those runs that are not whole
    by what came with this one, as `judged` says: a query. They are looked for in all
    pages that raw still holds, so only then.
#}
{% macro earlier_pages(relation, judged) -%}
    {%- set asked_at = "landed.request::jsonb ->> 'asked_at'" -%}
    select
        landed.*,
        {{ asked_at }} as run,
        landed.request::jsonb as asked
    from {{ named(relation, 'landed') }}
    where
        exists (
            select 1
            from {{ judged }}
            where fault is not null and request::jsonb ? 'asked_at'
        )
        and {{ asked_at }} = any(
            array(
                select run
                from {{ judged }}
                where fault is not null
            )
        )
        and landed._dlt_load_id in {{ known_loads() }}
        and landed._dlt_load_id not in {{ arrived_loads() }}
{%- endmacro %}
