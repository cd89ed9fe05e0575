{#
    What is not there of the series that are searched: spans of whole slots in which a
    record is missing, whether it was asked for or not.
#}
{{ config(materialized='ephemeral', access='private') }}

with

searched as not materialized (select * from {{ ref('int_gaps__searched') }}),

days as not materialized (select * from {{ ref('fct_coverage_1d') }}),

-- a series has gaps between its first record and its last, wherever in a slot they are
series_spans as (

    select
        searched.system,
        searched.series_key,
        searched.span,
        tstzrange(lower(first_day.record_span), upper(last_day.record_span))
            as record_span
    from searched
    cross join
        lateral (
            select
                days.covered_date,
                days.record_span::tstzrange as record_span
            from days
            where
                days.system = searched.system
                and days.series_key = searched.series_key
            order by 1
            limit 1
        ) as first_day
    cross join lateral (
        select
            days.covered_date,
            days.record_span::tstzrange as record_span
        from days
        where
            days.system = searched.system
            and days.series_key = searched.series_key
        order by 1 desc
        limit 1
    ) as last_day

),

-- the slots of the first and the last record need fill that span alone
series_span as (

    select
        series_spans.system,
        series_spans.series_key,
        series_spans.record_span,
        series_spans.span * range_merge(edges.slots) as span,
        edges.whole_slots as whole_edges
    from series_spans
    cross join lateral (
        select
            range_agg(edge.slot) as slots,
            range_agg(edge.slot) filter (
                where edge.record_count >= round(
                    extract(
                        epoch from upper(edge.slot * series_spans.record_span)
                        - lower(edge.slot * series_spans.record_span)
                    ) / edge.slot_seconds * edge.slot_count
                )
            ) as whole_slots
        from (
            values
            (lower(series_spans.record_span)),
            (upper(series_spans.record_span) - interval '1 microsecond')
        ) as bound (happened_at)
        cross join lateral (
            select
                tstzrange(
                    cut.started_at,
                    cut.started_at + days.slot_seconds * interval '1 second'
                ) as slot,
                days.slot_seconds,
                days.slot_count,
                (
                    days.partial_counts::jsonb
                    ->> extract(epoch from cut.started_at)::bigint::text
                )::bigint as record_count
            from days
            cross join
                lateral (
                    values ({{ slot_at('bound.happened_at', 'days.slot_seconds') }})
                ) as cut (started_at)
            where
                days.system = series_spans.system
                and days.series_key = series_spans.series_key
                and days.covered_date = (bound.happened_at at time zone 'utc')::date
        ) as edge
    ) as edges

),

absences as (

    select
        series_span.system,
        series_span.series_key,
        series_span.record_span,
        unnest(
            tstzmultirange(series_span.span)
            - coalesce(known.covered, '{}')
            - coalesce(series_span.whole_edges, '{}')
            - coalesce(weekends.spans, '{}')
        ) as span
    from series_span
    cross join
        lateral (
            select range_agg(days.covered::tstzmultirange) as covered
            from days
            where
                days.system = series_span.system
                and days.series_key = series_span.series_key
                and days.covered_date
                >= (lower(series_span.span) at time zone 'utc')::date
                and days.covered_date
                <= (upper(series_span.span) at time zone 'utc')::date
        ) as known
    -- the ECB fixes no rates on them
    cross join
        lateral (
            select
                range_agg(
                    tstzrange(weeks.saturday, weeks.saturday + interval '48 hours')
                ) as spans
            from
                generate_series(
                    {{ bucket('lower(series_span.span)', '168 hours') }}
                    + interval '120 hours',
                    upper(series_span.span),
                    interval '168 hours'
                ) as weeks (saturday)
            where series_span.system = 'ecb'
        ) as weekends

)

select * from absences
