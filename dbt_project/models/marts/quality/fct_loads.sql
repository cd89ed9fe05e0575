{{ config(unique_key=['load_id'], lookups=[['loaded_at']]) }}

{% set loads, tables = ref('stg_loads'), ref('stg_loads__tables') %}
{% set fetches = ref('stg_fetches') %}

with

loads as not materialized (select * from {{ loads }}),

tables as not materialized (select * from {{ tables }}),

fetches as not materialized (select * from {{ fetches }}),

touched as (

    {% if is_incremental() %}
    select load_id from {{ changed(loads, ['load_id']) }} as known
    union
    select load_id from {{ changed(tables, ['load_id']) }} as part
    union
    select load_id from {{ changed(fetches, ['load_id']) }} as asked
    {% else %}
    select load_id from loads
    {% endif %}

),

described as (

    select
        -- keys
        touched.load_id,
        -- attributes
        known.system,
        known.started_at,
        known.loaded_at,
        -- measures
        landed.pages,
        landed.rows,
        landed.payload_bytes,
        asked.seconds,
        -- attributes
        case when failed.keys is null then 'ok' else 'failed' end as status,
        coalesce(failed.keys, '') as failed_keys,
        -- lineage
        now() as updated_at,
        case when known.load_id is not null then {{ version() }} end as changed_in
    from touched
    left outer join loads as known on touched.load_id = known.load_id
    cross join
        lateral (
            select
                coalesce(sum(parts.page_count), 0)::bigint as pages,
                coalesce(sum(parts.row_count), 0)::bigint as rows,
                coalesce(sum(parts.payload_bytes), 0)::bigint as payload_bytes
            from tables as parts
            where parts.load_id = touched.load_id
        ) as landed
    cross join
        lateral (
            select coalesce(max(fetches.seconds), 0) as seconds
            from fetches
            where fetches.load_id = touched.load_id
        ) as asked
    cross join lateral (
        select
            string_agg(
                bad.key || ' ' || bad.outcome || ': '
                || coalesce(bad.sentence, 'it did not say why'),
                chr(10) order by bad.key, bad.asked_from
            ) as keys -- noqa: RF04
        from fetches as bad
        where bad.load_id = touched.load_id and bad.outcome in ('refused', 'failed')
    ) as failed

)

select * from described
