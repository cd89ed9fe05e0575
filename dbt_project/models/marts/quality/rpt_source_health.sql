{{ config(materialized='view') }}

{# Every raw table of pages with the key by which its newest record is found. #}
{% set keys = {} %}
{% for line in exchanges().splitlines() %}
{% do keys.update({line.split()[0]: ['symbol', 'opened_at']}) %}
{% endfor %}
{% for line in other_tables().splitlines() %}
{% do keys.update({line.split()[0]: line.split()[1:]}) %}
{% endfor %}

with

loads as not materialized (select * from {{ ref('stg_loads') }}),

loaded_tables as not materialized (select * from {{ ref('stg_loads__tables') }}),

fetches as not materialized (select * from {{ ref('stg_fetches') }}),

unchanged as not materialized (select * from {{ ref('stg_fetches__unchanged') }}),

tables as (

    {% for table, key in keys.items() %}
    select
        '{{ table.split("__")[0] }}' as system,
        '{{ table }}' as table_name,
        {% set newest = newest_event(ref('stg_' ~ table), key[:-1], key[-1])
            if key else 'null' %}
        {% if table == 'ecb__rates' %}
        {{ fixed_at(newest) }} as last_event_at,
        {% elif key and key[-1].endswith('_date') %}
        {{ newest }}::timestamp at time zone 'utc' as last_event_at,
        {% else %}
        {{ newest }}::timestamptz as last_event_at,
        {% endif %}
        {{ late_after(table) }} as late_after_seconds
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

health as (

    select
        tables.system,
        tables.table_name,
        answer.last_arrival_at,
        tables.last_event_at,
        floor(extract(epoch from now() - tables.last_event_at))::bigint as lag_seconds,
        recent.pages_24h,
        recent.bytes_24h,
        failed.failed_keys_24h,
        aside.set_aside_loads,
        tables.late_after_seconds,
        coalesce(
            answer.last_arrival_at
            < now() - tables.late_after_seconds * interval '1 second',
            false
        ) as is_late
    from tables
    left outer join lateral (
        select landed.loaded_at as landed_at
        from loaded_tables as landed
        where
            landed.table_name = tables.table_name
            -- by a clock that was wrong it may have landed in the future
            and landed.loaded_at <= now()
        order by 1 desc
        limit 1
    ) as arrival on true
    -- since then it may have been said again, which lands nothing
    cross join
        lateral (
            select
                greatest(
                    arrival.landed_at, max(again.fetched_at)
                ) as last_arrival_at
            from loads
            cross join
                lateral (
                    select max(said.fetched_at) as fetched_at
                    from unchanged as said
                    where
                        said.load_id = loads.load_id
                        and said.table_name = tables.table_name
                ) as again
            where
                loads.system = tables.system
                and loads.loaded_at >= arrival.landed_at
        ) as answer
    cross join
        lateral (
            select
                coalesce(sum(landed.page_count), 0)::bigint as pages_24h,
                coalesce(sum(landed.payload_bytes), 0)::bigint as bytes_24h
            from loaded_tables as landed
            where
                landed.table_name = tables.table_name
                and landed.loaded_at > now() - interval '24 hours'
                and landed.loaded_at <= now()
        ) as recent
    cross join
        lateral (
            select count(distinct bad.key) as failed_keys_24h
            from loads
            inner join fetches as bad
                on loads.load_id = bad.load_id
            where
                loads.system = tables.system
                and loads.loaded_at > now() - interval '24 hours'
                and bad.outcome in ('refused', 'failed')
        ) as failed
    cross join lateral (
        select count(distinct loads.load_id) as set_aside_loads
        from loads
        where
            loads.system = tables.system
            and loads.load_id in (
                select kept_out.load_id
                from {{ ledger() }}.set_aside as kept_out
            )
    ) as aside

)

select * from health
