{#
    The pages of readings, each with what was asked of the plant and what it answered: a
    query. `payload` is JSON where words of Python's are all that is at fault;
    `is_plain` says that it is a valid array. `stamped_after` is how long after its own
    time a reading is stamped, `known_at` when the answer was given.
#}
{% macro plant_pages(arrived) -%}
    {#- Words that Python writes where JSON has none; NaN is a missing value. -#}
    {%- set before, after = '(?<=[[:space:]:,[])', '(?=[]},[:space:]])' -%}
    with

    asked_pages as (

        select
            landed.*,
            landed.request::jsonb as asked
        from {{ arrived }} as landed

    ),

    -- materialized: each page is mended and judged once
    mended as materialized (

        select
            _dlt_load_id as load_id,
            request,
            fetched_at,
            row_number() over () as page_number,
            {{ shortened("asked ->> 'turbine'") }} as turbine_id,
            asked ->> 'turbine' as asked_turbine,
            asked ->> 'zone' as zone_name,
            pg_input_is_valid('2000-01-01 ' || (asked ->> 'zone'), 'timestamptz')
                as is_zone_known,
            (asked ->> 'sampling_seconds')::integer as sampling_seconds,
            case
                when asked ->> 'stamp' = 'end'
                    then (asked ->> 'sampling_seconds')::integer * interval '1 second'
                else interval '0 seconds'
            end as stamped_after,
            tstzrange((asked ->> 'start')::timestamptz, (asked ->> 'end')::timestamptz)
                as asked_span,
            coalesce(answered_at, fetched_at) as known_at,
            case
                when payload is json then payload
                else regexp_replace(
                    regexp_replace(payload, '{{ before }}NaN{{ after }}', 'null', 'g'),
                    '{{ before }}(-?Infinity){{ after }}', '"\1"', 'g'
                )
            end as payload
        from asked_pages

    )

    select
        mended.*,
        mended.payload is json array
        and pg_input_is_valid(mended.payload, 'jsonb') as is_plain
    from mended
{%- endmacro %}
