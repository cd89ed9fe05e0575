{#
    Of each exchange, symbol and day that changed, which of its minutes are there or had
    no trades: a candle may say of a whole day that all are. Where none is left `covered`
    is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set key = ['exchange', 'symbol', 'opened_at'] %}
{% set candles, notes = ref('fct_candles_1d'), ref('int_fetches__absences') %}
{% set minutes, changed_minutes = exchange_minutes(key[1:]), exchange_minutes(
    key[1:], is_changed=true
) %}

with

candles as not materialized (select * from {{ candles }}),

notes as not materialized (select * from {{ notes }}),

candle_days as (

    select {{ key | join(', ') }}
    from {{ changed(candles, key) }} as part
    union
    -- where one minute came for another, their candle may be what it was; of those that
    -- are all read the candles tell
    select
        part.exchange,
        part.symbol,
        {{ bucket('part.opened_at', '24 hours') }} as opened_at
    from (
        select * from {{ changed_minutes }} as changed_minutes
        union all
        select * from {{ vanished_minutes() }} as vanished_minutes
    ) as part
    where {{ last_read(candles) }} > 0
    union
    -- a day without any trade has no candle; such a note is of one day
    select
        quiet.system as exchange,
        quiet.key as symbol,
        {{ bucket('quiet.asked_from', '24 hours') }} as opened_at
    from {{ changed(notes, ['system', 'key', 'outcome', 'asked_from']) }} as quiet
    where quiet.outcome = 'quiet'

),

covered_candles as (

    select
        candle_days.exchange as system,
        candle_days.symbol as series_key,
        (candle_days.opened_at at time zone 'utc')::date as covered_date,
        case
            when candle.is_complete then whole.covered else said.covered
        end as covered,
        case
            when candle.is_complete then 1440 else said.present_count
        end as present_count,
        1440 as expected_count,
        60 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from candle_days
    left outer join candles as candle
        on {{ keys_match('candle_days', 'candle', key) }}
    cross join
        lateral (
            values (tstzmultirange(tstzrange(
                candle_days.opened_at, candle_days.opened_at + interval '24 hours'
            )))
        ) as whole (covered)
    cross join lateral (
        select
            range_agg(known.span) * whole.covered as covered,
            (
                select sum(extract(epoch from upper(part.span) - lower(part.span)) / 60)
                from unnest(range_agg(known.span) * whole.covered) as part (span)
            )::bigint as present_count
        from (
            select
                tstzrange(
                    minutes.opened_at, minutes.opened_at + interval '1 minute'
                ) as span
            from {{ minutes }} as minutes
            where
                not candle.is_complete
                and minutes.exchange = candle_days.exchange
                and minutes.symbol = candle_days.symbol
                and minutes.opened_at >= candle_days.opened_at
                and minutes.opened_at < candle_days.opened_at + interval '24 hours'
            union all
            select tstzrange(quiet.asked_from, quiet.asked_to)
            from notes as quiet
            where
                candle.is_complete is not true
                and quiet.system = candle_days.exchange
                and quiet.key = candle_days.symbol
                and quiet.outcome = 'quiet'
                and quiet.asked_from >= candle_days.opened_at
                and quiet.asked_from < candle_days.opened_at + interval '24 hours'
        ) as known
    ) as said

)

select * from covered_candles
