{{ config(materialized='view') }}

{# What each mart keeps its rows in: itself, or what a view reads. #}
{% set kept = [] %}
{% if execute %}
{% for node in graph.nodes.values() | sort(attribute='alias')
    if node.resource_type == 'model' and node.fqn[1] == 'marts' %}
    {% set tables = (
        [node] if node.config.materialized == 'incremental' else upstreams(node)
    ) %}
    {% for table in tables if table.resource_type == 'model' %}
        {% do kept.append((node.alias, table.alias)) %}
    {% endfor %}
{% endfor %}
{% endif %}

with

kept (model, table_name) as (

    values
    {% for model, table in kept | unique %}
    ('{{ model }}', '{{ table }}'),
    {% endfor %}
    (null, null)

),

behind as (

    select distinct reads.model
    from {{ ledger() }}.reads
    inner join {{ ledger() }}.versions as upstreams on reads.upstream = upstreams.model
    where upstreams.version > reads.done

),

versions as (

    select
        kept.model,
        sum(known.version)::bigint as version,
        max(known.built_at) as built_at,
        bool_or(behind.model is not null) as is_behind
    from kept
    inner join {{ ledger() }}.versions as known on kept.table_name = known.model
    left outer join behind on kept.table_name = behind.model
    group by 1

)

select * from versions
