{{ config(
    unique_key=[
        'base_currency', 'quote_currency', 'fetched_at', 'load_id', 'covers_from',
    ],
) }}

{% set at_midnight = "::timestamp at time zone 'utc'" %}

with

-- an answer of one moment lacks nothing
points as (

    select
        load_id,
        request,
        request::jsonb as asked,
        fetched_at,
        known_at,
        base_currency,
        quote_currency,
        (quoted_at at time zone 'utc')::date as rate_date
    from {{ ref('stg_xe__rates__items') }}
    where
        request::jsonb ->> 'endpoint' = 'historic_rate/period'
        and base_currency ~ '^[A-Z]{3}$'
        and quote_currency ~ '^[A-Z]{3}$'
        and pg_input_is_valid(request::jsonb ->> 'start_timestamp', 'timestamp')
        and pg_input_is_valid(request::jsonb ->> 'end_timestamp', 'timestamp')

),

series as (

    select
        load_id,
        request,
        asked,
        fetched_at,
        known_at,
        base_currency,
        quote_currency,
        count(*) as point_count,
        min(rate_date) as first_date,
        max(rate_date) as last_date,
        range_agg(daterange(rate_date, rate_date + 1)) as present
    from points
    group by 1, 2, 3, 4, 5, 6, 7
    -- nothing can be said where a rate has no day
    having bool_and(rate_date is not null)

),

-- whole days that were over; a full page goes as far as its last
spans as (

    select
        series.*,
        case
            when (series.asked ->> 'page')::bigint > 1 then series.first_date
            else (
                (series.asked ->> 'start_timestamp')::timestamp
                + interval '23:59:59.999999'
            )::date
        end as first_asked,
        least(
            case
                when series.point_count >= (series.asked ->> 'per_page')::bigint
                    then series.last_date + 1
                else (
                    (series.asked ->> 'end_timestamp')::timestamp + interval '1 minute'
                )::date
            end,
            (series.known_at at time zone 'utc')::date
        ) as asked_to
    from series

),

absences as (

    select
        spans.*,
        unnest(
            datemultirange(
                daterange(
                    spans.first_asked, greatest(spans.first_asked, spans.asked_to)
                )
            )
            - spans.present
        ) as absent
    from spans

),

answers as (

    select distinct on (
        base_currency, quote_currency, fetched_at, load_id, covers_from
    )
        -- keys
        base_currency,
        quote_currency,
        fetched_at,
        load_id,
        lower(absent){{ at_midnight }} as covers_from,
        -- measures
        upper(absent){{ at_midnight }} as covers_to,
        -- attributes
        request,
        {{ version() }} as changed_in
    from absences
    order by 1, 2, 3, 4, 5, 6 desc

)

select * from answers
