{{ config(unique_key=['system', 'key', 'asked_date']) }}

{% set fetches = ref('stg_fetches') %}

with

-- the seconds between the end of an ask and the start of the next are none left out
asked as (

    select
        system,
        key,
        unnest(range_agg(tstzrange(
            {{ bucket('asked_from', '1 minute') }},
            {{ bucket("asked_to + interval '59.999999 seconds'", '1 minute') }}
        ))) as span
    {% if is_incremental() %}
    from {{ changed(fetches, {
        'system': 'text', 'key': 'text',
        'asked_from': 'timestamptz', 'asked_to': 'timestamptz',
    }) }} as noted
    {% else %}
    from {{ fetches }}
    {% endif %}
    -- a file of loans is of no time
    where asked_from < asked_to and system != 'loans'
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
    left outer join {{ named(this, 'known') }}
        on
            days.system = known.system
            and days.key = known.key
            and days.asked_date = known.asked_date
    {% endif %}

)

select * from merged
