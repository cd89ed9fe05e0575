{{ config(unique_key=['system', 'key', 'asked_date']) }}

{% set fetches = ref('stg_fetches') %}
{% set almost = "interval '59.999999 seconds'" %}

with

{% if is_incremental() %}
fetches as not materialized (select * from {{ fetches }}),
{% endif %}

-- the seconds between the end of an ask and the start of the next are none left out
asked as (

    select
        system,
        key,
        unnest(range_agg(tstzrange(
            {{ bucket('asked_from', '1 minute') }},
            {{ bucket('asked_to + ' ~ almost, '1 minute') }}
        ))) as span
    from {{ fetches }}
    -- a file of loans is of no time
    where
        asked_from < asked_to
        and system != 'loans'
        {{ 'and changed_in > ' ~ last_read(fetches) if is_incremental() }}
    group by 1, 2

),

days as (

    select
        asked.system,
        asked.key,
        (midnights.began_at at time zone 'utc')::date as asked_date,
        range_agg(
            asked.span
            * tstzrange(midnights.began_at, midnights.began_at + interval '24 hours')
        ) as spans
    from asked
    cross join
        lateral generate_series(
            {{ bucket('lower(asked.span)', '24 hours') }},
            upper(asked.span) - interval '1 microsecond',
            interval '24 hours'
        ) as midnights (began_at)
    group by 1, 2, 3

),

{% if is_incremental() %}
-- days of which something is asked for no more are put together again
lost as (

    select
        noted.system,
        noted.key,
        (midnights.began_at at time zone 'utc')::date as asked_date,
        tstzrange(midnights.began_at, midnights.began_at + interval '24 hours') as span
    from {{ vanished(fetches, ['system', 'key', 'asked_from', 'asked_to']) }} as noted
    cross join
        lateral generate_series(
            {{ bucket('noted.asked_from', '24 hours') }},
            noted.asked_to + interval '59.999998 seconds',
            interval '24 hours'
        ) as midnights (began_at)
    where noted.asked_from < noted.asked_to and noted.system != 'loans'
    group by 1, 2, 3, 4

),

again as (

    select
        lost.system,
        lost.key,
        lost.asked_date,
        (
            select
                range_agg(lost.span * tstzrange(
                    {{ bucket('kept.asked_from', '1 minute') }},
                    {{ bucket('kept.asked_to + ' ~ almost, '1 minute') }}
                ))
            from fetches as kept
            where
                kept.system = lost.system
                and kept.key = lost.key
                and kept.asked_from < upper(lost.span)
                and kept.asked_to > lower(lost.span)
                and kept.asked_from < kept.asked_to
        ) as spans
    from lost

),
{% endif %}

merged as (

    select
        -- keys
        days.system,
        days.key,
        days.asked_date,
        -- measures
        {% if is_incremental() %}
        days.spans + coalesce(known.spans, '{}') as spans,
        {% else %}
        days.spans,
        {% endif %}
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from days
    {% if is_incremental() %}
    left outer join {{ this }} as known
        on
            days.system = known.system
            and days.key = known.key
            and days.asked_date = known.asked_date
    where
        not exists (
            select 1
            from again
            where
                again.system = days.system
                and again.key = days.key
                and again.asked_date = days.asked_date
        )
    union all
    select
        again.system,
        again.key,
        again.asked_date,
        again.spans,
        now() as updated_at,
        case when again.spans != '{}' then {{ version() }} end as changed_in
    from again
    {% endif %}

)

select * from merged
