{#
    The pages of rankings that came with the loads of this build, each with the `run`
    that it is of: a query.
#}
{% macro arrived_pages(relation) -%}
    select
        landed.*,
        coalesce(asked.said ->> 'asked_at', landed._dlt_load_id) as run,
        asked.said as asked
    from {{ newly_arrived(relation) }} as landed
    cross join lateral (select landed.request::jsonb as said) as asked
{%- endmacro %}
