{#
    Of each symbol and day that changed, which of its minutes are there: a candle says
    of a whole day that all are. Where none is left `covered` is null.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set candles, minutes = ref('fct_candles_1d'), ref('stg_binance__klines') %}

with

candles as not materialized (select * from {{ candles }}),

minutes as not materialized (select * from {{ minutes }}),

candle_days as (

    select
        symbol,
        opened_at
    from {{ changed(candles, ['symbol', 'opened_at']) }} as part
    union
    -- where one minute came for another, their candle may be what it was; of those that
    -- are all read the candles tell
    select
        symbol,
        {{ bucket('opened_at', '24 hours') }} as opened_at
    from {{ changed(minutes, ['symbol', 'opened_at']) }} as part
    where {{ last_read(candles) }} > 0

),

covered_candles as (

    select
        'binance' as system,
        candle_days.symbol as series_key,
        (candle_days.opened_at at time zone 'utc')::date as covered_date,
        case
            when candle.is_complete
                then tstzmultirange(tstzrange(
                    candle_days.opened_at, candle_days.opened_at + interval '24 hours'
                ))
            else said.covered
        end as covered,
        candle.minute_count as present_count,
        1440 as expected_count,
        60 as slot_seconds,
        1 as slot_count,
        null::jsonb as partial_counts,
        null::tstzrange as record_span
    from candle_days
    left outer join candles as candle
        on
            candle_days.symbol = candle.symbol
            and candle_days.opened_at = candle.opened_at
    cross join lateral (
        select
            range_agg(
                tstzrange(minutes.opened_at, minutes.opened_at + interval '1 minute')
            ) as covered
        from minutes
        where
            not candle.is_complete
            and minutes.symbol = candle_days.symbol
            and minutes.opened_at >= candle_days.opened_at
            and minutes.opened_at < candle_days.opened_at + interval '24 hours'
    ) as said

)

select * from covered_candles
