"""What the market board asks of the marts: candles with gaps, and price checks."""

from serving.exchanges import USUAL

# a market is asked for as `market_of` reads it
EXCHANGE = f"coalesce(nullif(lower(split_part(%(symbol)s, ':', -2)), ''), '{USUAL}')"
SYMBOL = "upper(split_part(%(symbol)s, ':', -1))"
NAME = f"case exchange when '{USUAL}' then symbol else exchange || ':' || symbol end"
SYMBOLS = f"""
select {NAME} as name from (
    select distinct exchange, symbol from marts.fct_candles_1w
) as known
order by exchange != '{USUAL}', exchange, symbol != 'BTCUSDT', symbol
"""  # noqa: S608 - names of ours
# a minute has neither a count nor a completeness of its own
CANDLES = f"""
with

candles as (
    select *
    from marts.fct_candles_{{grain}}
    where
        exchange = {EXCHANGE}
        and symbol = {SYMBOL}
        and opened_at >= coalesce(%(from)s, '-infinity'::timestamptz)
        and opened_at < coalesce(%(to)s, 'infinity'::timestamptz)
    order by opened_at desc
    limit %(count)s
),

spans as (
    select
        case
            when count(*) = %(count)s then min(opened_at)
            else coalesce(%(from)s, '-infinity'::timestamptz)
        end as starts_at,
        coalesce(%(to)s, 'infinity'::timestamptz) as ends_at,
        (
            select max(minutes.opened_at) + interval '1 minute'
            from marts.fct_candles_1m as minutes
            where minutes.exchange = {EXCHANGE} and minutes.symbol = {SYMBOL}
        ) as known_to
    from candles
),

gaps as (
    select
        gaps.is_source_gap,
        greatest(gaps.gap_from, spans.starts_at) as starts_at,
        least(gaps.gap_to, spans.ends_at) as ends_at
    from marts.rpt_gaps as gaps
    inner join spans
        on gaps.gap_from < spans.ends_at and gaps.gap_to > spans.starts_at
    where gaps.system = {EXCHANGE} and gaps.series_key = {SYMBOL}
    order by gaps.gap_from desc
    limit 2000
)

select
    'candle' as kind,
    case
        when candles.opened_at + interval '{{grain}}' > now() then 'still open'
        when (to_jsonb(candles) ->> 'is_complete')::boolean is false
            then 'not complete'
    end as state,
    candles.opened_at,
    candles.opened_at + interval '{{grain}}' as closes_at,
    candles.open_price,
    candles.high_price,
    candles.low_price,
    candles.close_price,
    nullif(candles.quote_volume, 0) / nullif(candles.base_volume, 0) as vwap_price,
    candles.base_volume,
    coalesce((to_jsonb(candles) ->> 'minute_count')::bigint, 1) as minutes,
    (extract(epoch from interval '{{grain}}') / 60)::bigint as of_minutes,
    least(candles.opened_at + interval '{{grain}}', spans.known_to) as known_to
from candles
cross join spans
union all
select
    case
        when gaps.is_source_gap then 'missing at the source' else 'missing here'
    end,
    null, gaps.starts_at, gaps.ends_at, null, null, null, null, null, null, 0,
    (extract(epoch from gaps.ends_at - gaps.starts_at) / 60)::bigint, null
from gaps
order by opened_at, kind
"""  # noqa: S608 - names of ours
# from the newest back, each at least so much before the last
CHECKS = f"""
with recursive

times (checked_at, place) as (
    select max(checked_at), 1
    from marts.rpt_price_check
    where
        exchange = {EXCHANGE}
        and symbol = {SYMBOL}
        and checked_at < coalesce(%(to)s, 'infinity'::timestamptz)
    union all
    select
        (
            select max(earlier.checked_at)
            from marts.rpt_price_check as earlier
            where
                earlier.exchange = {EXCHANGE}
                and earlier.symbol = {SYMBOL}
                and earlier.checked_at <= times.checked_at - interval '{{every}}'
                and earlier.checked_at >= coalesce(%(from)s, '-infinity'::timestamptz)
        ),
        times.place + 1
    from times
    where times.checked_at is not null and times.place < 2000
)

select
    checks.checked_at,
    checks.difference,
    checks.listed_price_usd,
    checks.candle_close,
    checks.candle_closed_at,
    coalesce(abs(checks.difference) > 0.02, false) as is_far
from times
inner join marts.rpt_price_check as checks
    on
        times.checked_at = checks.checked_at
        and checks.exchange = {EXCHANGE}
        and checks.symbol = {SYMBOL}
where checks.checked_at >= coalesce(%(from)s, '-infinity'::timestamptz)
order by checks.checked_at
"""  # noqa: S608 - names of ours
LARGEST = f"""
select
    {NAME} as "Symbol",
    difference * 100 as "Difference, %%",
    listed_price_usd as "Listed, USD",
    candle_close as "Close of the candle",
    checked_at as "Checked at"
from (
    select distinct on (checks.exchange, checks.symbol) checks.*
    from (
        select max(checked_at) as checked_at
        from marts.rpt_price_check
        where checked_at < coalesce(%(to)s, 'infinity'::timestamptz)
    ) as newest
    inner join marts.rpt_price_check as checks
        on
            checks.checked_at > newest.checked_at - interval '1 day'
            and checks.checked_at <= newest.checked_at
    order by
        checks.exchange, checks.symbol,
        abs(checks.difference) desc nulls last, checks.checked_at
) as farthest
order by abs(difference) desc nulls last, symbol
limit 50
"""  # noqa: S608 - names of ours
