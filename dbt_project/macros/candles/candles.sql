{#
    Candles of `width` from narrower ones: a query with one row per symbol and bucket.

    A first build groups all parts. Later ones group those that changed, and look further
    only at buckets of which these are not all parts, and at those with parts that a
    newly known gap reaches into. An emptied one they give as vanished. A bucket is
    complete when every minute is there, and final when those that are not lie in a gap
    of the source.

    `part_width` is the parts' width. Both widths are in hours at most: a `day` follows
    the clock changes of the session's time zone.
#}
{% macro candles(parts, width, part_width, minutes) %}
{% set of_minutes = part_width == '1 minute' %}
with

{% if is_incremental() %}
-- a bucket whose parts have all changed need not be looked up
regrouped as materialized (

    select
        parts.symbol,
        {{ bucket('parts.opened_at', width) }} as opened_at,
        {{ ohlcv_rollup(of_minutes) }},
        count(*)
        = extract(epoch from interval '{{ width }}')
        / extract(epoch from interval '{{ part_width }}') as is_whole
    from {{ named(parts, 'parts') }}
    where parts.changed_in > {{ last_read(parts) }}
    group by 1, 2

),

touched as (

    select
        symbol,
        opened_at
    from regrouped
    where not is_whole
    union
    select
        part.symbol,
        {{ bucket('part.opened_at', width) }} as opened_at
    from {{ vanished(parts, ['symbol', 'opened_at']) }} as part
    union
    select
        gap.key,
        reached.opened_at
    from {{ changed(ref('stg_fetches'), [
        'system', 'key', 'outcome', 'asked_from', 'asked_to',
    ]) }} as gap
    cross join lateral (
        select distinct {{ bucket('parts.opened_at', width) }} as opened_at
        from {{ named(parts, 'parts') }}
        where
            parts.symbol = gap.key
            and parts.opened_at >= {{ bucket('gap.asked_from', width) }}
            and parts.opened_at < gap.asked_to + interval '{{ width }}'
            and {{ bucket('parts.opened_at', width) }} < gap.asked_to
    ) as reached
    where gap.system = 'binance' and gap.outcome = 'empty'
    except
    select
        symbol,
        opened_at
    from regrouped
    where is_whole

),

rolled as (

    select
        symbol,
        opened_at,
        open_price,
        high_price,
        low_price,
        close_price,
        base_volume,
        quote_volume,
        taker_buy_base_volume,
        taker_buy_quote_volume,
        trade_count,
        minute_count
    from regrouped
    where is_whole
    union all
    select
        touched.symbol,
        touched.opened_at,
        candle.*
    from touched
    cross join lateral (
        select
            {{ ohlcv_rollup(of_minutes) }}
        from {{ named(parts, 'parts') }}
        where
            parts.symbol = touched.symbol
            and parts.opened_at >= touched.opened_at
            and parts.opened_at < touched.opened_at + interval '{{ width }}'
    ) as candle

),
{% else %}
rolled as (

    select
        parts.symbol,
        {{ bucket('parts.opened_at', width) }} as opened_at,
        {{ ohlcv_rollup(of_minutes) }}
    from {{ named(parts, 'parts') }}
    group by 1, 2

),
{% endif %}

candles as (

    select
        -- keys
        rolled.symbol,
        rolled.opened_at,
        -- measures
        rolled.open_price,
        rolled.high_price,
        rolled.low_price,
        rolled.close_price,
        rolled.base_volume,
        rolled.quote_volume,
        rolled.taker_buy_base_volume,
        rolled.taker_buy_quote_volume,
        rolled.trade_count,
        nullif(rolled.quote_volume, 0) / nullif(rolled.base_volume, 0) as vwap_price,
        rolled.minute_count,
        rolled.minute_count = {{ minutes }} as is_complete,
        case
            when rolled.minute_count = {{ minutes }} then true
            else coalesce((
                select
                    range_agg(known.span) @> tstzrange(
                        rolled.opened_at, rolled.opened_at + interval '{{ width }}'
                    )
                from (
                    select
                        tstzrange(
                            parts.opened_at,
                            parts.opened_at + interval '{{ part_width }}'
                        ) as span
                    from {{ named(parts, 'parts') }}
                    where
                        parts.symbol = rolled.symbol
                        and parts.opened_at >= rolled.opened_at
                        and parts.opened_at < rolled.opened_at + interval '{{ width }}'
                        {{ 'and parts.is_final' if not of_minutes }}
                    union all
                    select tstzrange(gap.asked_from, gap.asked_to)
                    from {{ named(ref('stg_fetches'), 'gap') }}
                    where
                        gap.system = 'binance'
                        and gap.key = rolled.symbol
                        and gap.outcome = 'empty'
                        and gap.asked_from < rolled.opened_at + interval '{{ width }}'
                        and gap.asked_to > rolled.opened_at
                ) as known
            ), false)
        end as is_final,
        -- lineage
        now() as updated_at,
        case when rolled.minute_count > 0 then {{ version() }} end as changed_in
    from rolled

)

select * from candles
{% endmacro %}
