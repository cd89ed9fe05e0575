{{ config(
    unique_key=['system', 'series_key', 'gap_from'],
    meta={'version': 2},
) }}

{% set key = ['system', 'series_key', 'gap_from'] %}
{% set answers = ref('int_coin_answers__paired') %}
{% set searched = ref('int_gaps__searched') %}

with

pieces as not materialized (select * from {{ ref('int_gaps__judged') }}),

days as not materialized (select * from {{ ref('fct_coverage_1d') }}),

answers as not materialized (select * from {{ answers }}),

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
            ) / pieces.slot_seconds * pieces.slot_count - partials.record_count
        )::bigint as missing_count,
        pieces.is_source_gap,
        pieces.slot_seconds,
        pieces.slot_count,
        -- lineage
        now() as updated_at
    from pieces
    cross join lateral (
        select coalesce(sum(part.record_count::bigint), 0) as record_count
        from days
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
    ) as partials

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
        now() as updated_at
    from answers
    {% if is_incremental() %}
    inner join touched_snapshots
        on
            answers.system = touched_snapshots.system
            and answers.snapshot_at = touched_snapshots.snapshot_at
    {% endif %}
    where answers.is_ranked and answers.missing_count > 0

),

found as (

    select * from gaps
    union all
    select * from short_snapshots

),

{% if is_incremental() %}
-- what was reported where gaps, or coins, were looked for
stored as (

    {% for part in [searched, 'touched_snapshots'] %}
    select
        kept.system,
        kept.series_key,
        kept.gap_from
    from {{ part }} as part
    inner join {{ this }} as kept
        on
            part.system = kept.system
            and part.series_key = kept.series_key
            and lower(part.span) <= kept.gap_from
            and upper(part.span) > kept.gap_from
    {{ 'union' if not loop.last }}
    {% endfor %}

),
{% endif %}

states as (

    {{ with_gone('found', 'stored', key) }}

)

select * from states
