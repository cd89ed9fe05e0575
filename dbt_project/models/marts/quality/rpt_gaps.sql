{{ config(
    unique_key=['system', 'series_key', 'gap_from'],
    meta={'version': 2},
) }}

{% set days, fetches = ref('fct_coverage_1d'), ref('stg_fetches') %}
{% set asks, currencies = ref('int_fetches__merged'), ref('stg_currencies') %}
{% set answers = ref('int_coin_answers__paired') %}
{# They know of now alone, so what is missing can't be asked for. #}
{% set rankings = "('coinmarketcap', 'cryptocompare')" %}
{% set bridge = "case when slotted.system in " ~ rankings
    ~ " then interval '8 minutes' else interval '0' end" %}

with

{% if is_incremental() %}
touched as (

    select
        system,
        series_key,
        tstzrange(
            covered_date::timestamp at time zone 'utc',
            (covered_date + 1)::timestamp at time zone 'utc'
        ) as span
    from {{ changed(days, ['system', 'series_key', 'covered_date']) }} as part
    union all
    select
        system,
        key as series_key,
        tstzrange(
            {{ bucket('asked_from', '24 hours') }},
            {{ bucket('asked_to', '24 hours') }} + interval '24 hours'
        ) as span
    from {{ changed(fetches, [
        'system', 'key', 'outcome', 'asked_from', 'asked_to',
    ]) }} as noted
    where outcome = 'empty'
    union all
    select
        asked.system,
        asked.key || coalesce(quoted.currency, '') as series_key,
        tstzrange(
            asked.asked_date::timestamp at time zone 'utc',
            (asked.asked_date + 1)::timestamp at time zone 'utc'
        ) as span
    from {{ changed(asks, ['system', 'key', 'asked_date']) }} as asked
    -- XE is asked by the base of all series
    left outer join {{ named(currencies, 'quoted') }}
        on asked.system = 'xe' and length(asked.key) = 3

),

regions as (

    select
        system,
        series_key,
        unnest(range_agg(span)) as region
    from touched
    group by 1, 2

),

-- out to what is there before and after, since a gap goes that far
reached as (

    select
        regions.system,
        regions.series_key,
        tstzrange(
            coalesce(earlier.covered_to, '-infinity'),
            coalesce(later.covered_from, 'infinity')
        ) as span
    from regions
    left outer join lateral (
        select
            days.covered_date,
            upper(days.covered::tstzmultirange) as covered_to
        from {{ named(days, 'days') }}
        where
            days.system = regions.system
            and days.series_key = regions.series_key
            and days.covered_date < (lower(regions.region) at time zone 'utc')::date
            and days.covered != '{}'
        order by 1 desc
        limit 1
    ) as earlier on true
    left outer join lateral (
        select
            days.covered_date,
            lower(days.covered::tstzmultirange) as covered_from
        from {{ named(days, 'days') }}
        where
            days.system = regions.system
            and days.series_key = regions.series_key
            and days.covered_date >= (upper(regions.region) at time zone 'utc')::date
            and days.covered != '{}'
        order by 1
        limit 1
    ) as later on true

),
{% else %}
reached as (

    select distinct
        system,
        series_key,
        tstzrange('-infinity', 'infinity') as span
    from {{ days }}

),
{% endif %}

looked_at as (

    select
        system,
        series_key,
        unnest(range_agg(span)) as span
    from reached
    group by 1, 2

),

-- a series has gaps between its first record and its last, wherever in a slot they are
series_spans as (

    select
        looked_at.system,
        looked_at.series_key,
        looked_at.span,
        tstzrange(lower(first_day.record_span), upper(last_day.record_span))
            as record_span
    from looked_at
    cross join
        lateral (
            select
                days.covered_date,
                days.record_span::tstzrange as record_span
            from {{ named(days, 'days') }}
            where
                days.system = looked_at.system
                and days.series_key = looked_at.series_key
            order by 1
            limit 1
        ) as first_day
    cross join lateral (
        select
            days.covered_date,
            days.record_span::tstzrange as record_span
        from {{ named(days, 'days') }}
        where
            days.system = looked_at.system
            and days.series_key = looked_at.series_key
        order by 1 desc
        limit 1
    ) as last_day

),

-- the slots of the first and the last record, which need fill that span alone
edges as (

    select
        series_spans.*,
        edge.slot,
        edge.record_count >= round(
            extract(
                epoch from upper(edge.slot * series_spans.record_span)
                - lower(edge.slot * series_spans.record_span)
            ) / edge.slot_seconds * edge.slot_count
        ) as is_whole
    from series_spans
    cross join
        lateral (
            values
            (lower(series_spans.record_span)),
            (upper(series_spans.record_span) - interval '1 microsecond')
        ) as bound (happened_at)
    cross join lateral (
        select
            cut.slot,
            days.slot_seconds,
            days.slot_count,
            (
                days.partial_counts::jsonb
                ->> extract(epoch from lower(cut.slot))::bigint::text
            )::bigint as record_count
        from {{ named(days, 'days') }}
        cross join
            lateral (
                select
                    tstzrange(
                        to_timestamp(seconds.slot_epoch),
                        to_timestamp(seconds.slot_epoch + days.slot_seconds)
                    ) as slot
                from (
                    values (
                        floor(extract(epoch from bound.happened_at) / days.slot_seconds)
                        * days.slot_seconds
                    )
                ) as seconds (slot_epoch)
            ) as cut
        where
            days.system = series_spans.system
            and days.series_key = series_spans.series_key
            and days.covered_date = (bound.happened_at at time zone 'utc')::date
    ) as edge

),

bounded as (

    select
        system,
        series_key,
        span,
        record_span,
        range_agg(slot) as edge_slots,
        range_agg(slot) filter (where is_whole) as whole_edges
    from edges
    group by 1, 2, 3, 4

),

lived as (

    select
        system,
        series_key,
        record_span,
        span * range_merge(edge_slots) as span,
        whole_edges
    from bounded

),

absences as (

    select
        lived.system,
        lived.series_key,
        lived.record_span,
        unnest(
            tstzmultirange(lived.span)
            - coalesce(known.covered, '{}')
            - coalesce(lived.whole_edges, '{}')
            - coalesce(shut.weekends, '{}')
        ) as span
    from lived
    cross join
        lateral (
            select range_agg(days.covered::tstzmultirange) as covered
            from {{ named(days, 'days') }}
            where
                days.system = lived.system
                and days.series_key = lived.series_key
                and days.covered_date >= (lower(lived.span) at time zone 'utc')::date
                and days.covered_date <= (upper(lived.span) at time zone 'utc')::date
        ) as known
    -- the ECB fixes no rates on them
    cross join
        lateral (
            select
                range_agg(
                    tstzrange(weeks.saturday, weeks.saturday + interval '48 hours')
                ) as weekends
            from
                generate_series(
                    {{ bucket('lower(lived.span)', '168 hours') }}
                    + interval '120 hours',
                    upper(lived.span),
                    interval '168 hours'
                ) as weeks (saturday)
            where lived.system = 'ecb'
        ) as shut

),

slotted as (

    select
        absences.*,
        slot.slot_seconds,
        slot.slot_count
    from absences
    cross join lateral (
        select
            days.covered_date,
            days.slot_seconds,
            days.slot_count
        from {{ named(days, 'days') }}
        where
            days.system = absences.system
            and days.series_key = absences.series_key
            and days.covered_date >= (lower(absences.span) at time zone 'utc')::date
        order by 1
        limit 1
    ) as slot

),

-- what was never asked for is no gap; of what was, slots in part count. A ranking is
-- also missed between two minutes in which it was asked for, less than ten apart
asked as (

    select
        slotted.system,
        slotted.series_key,
        slotted.record_span,
        unnest(tstzmultirange(slotted.span) * bridged.spans) as span,
        slotted.slot_seconds,
        slotted.slot_count
    from slotted
    cross join
        lateral (
            select
                range_agg(tstzrange(
                    to_timestamp(
                        floor(
                            extract(epoch from lower(part.span)) / slotted.slot_seconds
                        )
                        * slotted.slot_seconds
                    ),
                    to_timestamp(
                        ceil(
                            extract(epoch from upper(part.span)) / slotted.slot_seconds
                        )
                        * slotted.slot_seconds
                    ) + {{ bridge }}
                )) as spans
            from {{ named(asks, 'asks') }}
            cross join lateral unnest(asks.spans) as part (span)
            where
                asks.system = slotted.system
                and asks.key in (
                    slotted.series_key,
                    case when slotted.system = 'xe' then left(slotted.series_key, 3) end
                )
                and asks.asked_date
                >= (lower(slotted.span) at time zone 'utc')::date - 1
                and asks.asked_date
                <= (upper(slotted.span) at time zone 'utc')::date + 1
            -- offset 0: looked up for each absence, never all read and joined
            offset 0 -- noqa: AM09
        ) as asked_for
    cross join lateral (
        select
            range_agg(
                tstzrange(lower(near.span), upper(near.span) - {{ bridge }})
            ) as spans
        from unnest(asked_for.spans) as near (span)
    ) as bridged

),

-- of what the source does not have, whole slots count
empties as (

    select
        asked.system,
        asked.series_key,
        asked.span,
        to_timestamp(
            ceil(extract(epoch from noted.asked_from) / asked.slot_seconds)
            * asked.slot_seconds
        ) as first_slot,
        to_timestamp(
            floor(extract(epoch from noted.asked_to) / asked.slot_seconds)
            * asked.slot_seconds
        ) as last_slot
    from asked
    cross join lateral (
        select
            gap.asked_from,
            gap.asked_to
        from {{ named(fetches, 'gap') }}
        where
            gap.system = asked.system
            and gap.key = asked.series_key
            and gap.outcome = 'empty'
            and gap.asked_from < upper(asked.span)
            and gap.asked_to > lower(asked.span)
        -- offset 0: looked up for each absence, never all read and joined
        offset 0 -- noqa: AM09
    ) as noted

),

of_the_source as (

    select
        system,
        series_key,
        span,
        range_agg(tstzrange(first_slot, last_slot)) as spans
    from empties
    where first_slot < last_slot
    group by 1, 2, 3

),

explained as (

    select
        asked.*,
        case
            when asked.system in {{ rankings }} then tstzmultirange(asked.span)
            else coalesce(of_the_source.spans, '{}')
        end as lacking
    from asked
    left outer join of_the_source
        on
            asked.system = of_the_source.system
            and asked.series_key = of_the_source.series_key
            and asked.span = of_the_source.span

),

pieces as (

    select
        system,
        series_key,
        record_span,
        unnest(tstzmultirange(span) - lacking) as span,
        false as is_source_gap,
        slot_seconds,
        slot_count
    from explained
    union all
    select
        system,
        series_key,
        record_span,
        unnest(tstzmultirange(span) * lacking) as span,
        true as is_source_gap,
        slot_seconds,
        slot_count
    from explained

),

gaps as (

    select
        -- keys
        pieces.system,
        pieces.series_key,
        lower(pieces.span) as gap_from,
        -- measures
        upper(pieces.span) as gap_to,
        (
            extract(
                epoch from upper(pieces.span * pieces.record_span)
                - lower(pieces.span * pieces.record_span)
            ) / pieces.slot_seconds * pieces.slot_count - there.record_count
        )::bigint as missing_count,
        pieces.is_source_gap,
        pieces.slot_seconds,
        pieces.slot_count,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from pieces
    cross join lateral (
        select coalesce(sum(part.record_count::bigint), 0) as record_count
        from {{ named(days, 'days') }}
        cross join
            lateral jsonb_each_text(
                days.partial_counts::jsonb
            ) as part (slot_epoch, record_count)
        where
            days.system = pieces.system
            and days.series_key = pieces.series_key
            and days.covered_date >= (lower(pieces.span) at time zone 'utc')::date
            and days.covered_date <= (upper(pieces.span) at time zone 'utc')::date
            and to_timestamp(part.slot_epoch::bigint) <@ pieces.span
    ) as there

),

{% if is_incremental() %}
touched_snapshots as (

    select distinct
        system,
        'USD coins' as series_key,
        snapshot_at,
        tstzrange(snapshot_at, snapshot_at + interval '1 minute') as span
    from {{ changed(answers, ['system', 'snapshot_at']) }} as part

),
{% endif %}

-- a snapshot with fewer coins than its source had announced
short_snapshots as (

    select
        -- keys
        answers.system,
        'USD coins' as series_key,
        answers.snapshot_at as gap_from,
        -- measures
        answers.snapshot_at + interval '1 minute' as gap_to,
        answers.missing_count,
        true as is_source_gap,
        60 as slot_seconds,
        answers.announced_count as slot_count,
        -- lineage
        now() as updated_at,
        {{ version() }} as changed_in
    from {{ named(answers, 'answers') }}
    {% if is_incremental() %}
    inner join touched_snapshots
        on
            answers.system = touched_snapshots.system
            and answers.snapshot_at = touched_snapshots.snapshot_at
    {% endif %}
    where answers.is_ranked and answers.missing_count > 0

),

-- and what was told of there and is no more, which goes
reported as (

    select * from gaps
    union all
    select * from short_snapshots
    {% if is_incremental() %}
    {% for part, told in [
        ('looked_at', 'gaps'), ('touched_snapshots', 'short_snapshots'),
    ] %}
    union all
    select
        kept.system,
        kept.series_key,
        kept.gap_from,
        kept.gap_to,
        kept.missing_count,
        kept.is_source_gap,
        kept.slot_seconds,
        kept.slot_count,
        kept.updated_at,
        null as changed_in
    from {{ part }} as part
    inner join {{ this }} as kept
        on
            part.system = kept.system
            and part.series_key = kept.series_key
            and lower(part.span) <= kept.gap_from
            and upper(part.span) > kept.gap_from
    left outer join {{ told }} as told
        on
            kept.system = told.system
            and kept.series_key = told.series_key
            and kept.gap_from = told.gap_from
    where told.gap_from is null
    {% endfor %}
    {% endif %}

)

select * from reported
