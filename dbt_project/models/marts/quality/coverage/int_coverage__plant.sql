{#
    Of each turbine and day that changed, which of its slots have all readings. Where
    none is left `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

with

slots as not materialized (select * from {{ ref('int_turbine_slots__counted') }}),

counted as (

    select
        slots.*,
        slots.reading_count >= slots.slot_count as is_full,
        tstzrange(
            slots.slot_started_at,
            slots.slot_started_at + slots.slot_seconds * interval '1 second'
        ) as span
    from slots

),

covered_readings as (

    select
        'plant' as system,
        turbine_id as series_key,
        read_date as covered_date,
        case
            when count(slot_started_at) > 0
                then coalesce(range_agg(span) filter (where is_full), '{}')
        end as covered,
        sum(least(reading_count, slot_count))::bigint as present_count,
        86400 / max(slot_seconds) * max(slot_count) as expected_count,
        max(slot_seconds) as slot_seconds,
        max(slot_count) as slot_count,
        jsonb_object_agg(
            extract(epoch from slot_started_at)::bigint, reading_count
        ) filter (where not is_full) as partial_counts,
        tstzrange(
            min(first_read_at),
            least(
                max(last_read_at) + max(sampling_seconds) * interval '1 second',
                max(upper(span))
            )
        ) as record_span
    from counted
    group by 1, 2, 3

)

select * from covered_readings
