{#
    Candles of `width` from narrower ones, the rows of the model `parts`, or else from
    the minutes of all exchanges: a query, one row per exchange, symbol and bucket.

    A first build groups all parts. Later ones group those that changed, and look further
    only at buckets of which these are not all parts, and at those with parts that a note
    reaches into of what the exchange does not have. An emptied one they give as vanished.
    A bucket is complete when every minute is there or had no trades, as a note of `quiet`
    says, which is of one UTC day; and final when those that are not lie in a gap of the
    source.

    `part_width` is the parts' width. Both widths are in hours at most: a `day` follows
    the clock changes of the session's time zone.
#}
{% macro candles(width, part_width, minutes, parts=none) %}
{% set key = ['exchange', 'symbol', 'opened_at'] %}
{% set measures = [
    'open_price', 'high_price', 'low_price', 'close_price', 'base_volume',
    'quote_volume', 'taker_buy_base_volume', 'taker_buy_quote_volume', 'trade_count',
] %}
{% if parts %}
{% set all_parts = '(select * from ' ~ parts ~ ')' %}
{% set changed_parts = '(select * from ' ~ parts ~ ' where changed_in > '
    ~ last_read(parts) ~ ')' %}
{% set vanished_parts = vanished(parts, key) %}
{% else %}
{% set columns = key[1:] + measures %}
{% set all_parts = exchange_minutes(columns) %}
{% set changed_parts = exchange_minutes(columns, is_changed=true) %}
{% set vanished_parts = vanished_minutes() %}
{% endif %}
with

{% if is_incremental() %}
-- a bucket whose parts have all changed need not be looked up
regrouped as materialized (

    select
        parts.exchange,
        parts.symbol,
        {{ bucket('parts.opened_at', width) }} as opened_at,
        {{ ohlcv_rollup(of_minutes=not parts) }},
        count(*)
        = extract(epoch from interval '{{ width }}')
        / extract(epoch from interval '{{ part_width }}') as is_whole
    from {{ changed_parts }} as parts
    group by 1, 2, 3

),

touched as (

    select
        exchange,
        symbol,
        opened_at
    from regrouped
    where not is_whole
    union
    select
        part.exchange,
        part.symbol,
        {{ bucket('part.opened_at', width) }} as opened_at
    from {{ vanished_parts }} as part
    union
    select
        noted.system,
        noted.key,
        reached.opened_at
    from {{ changed(ref('int_fetches__absences'), [
        'system', 'key', 'asked_from', 'asked_to',
    ]) }} as noted
    cross join lateral (
        select distinct {{ bucket('parts.opened_at', width) }} as opened_at
        from {{ all_parts }} as parts
        where
            parts.exchange = noted.system
            and parts.symbol = noted.key
            and parts.opened_at >= {{ bucket('noted.asked_from', width) }}
            and parts.opened_at < noted.asked_to + interval '{{ width }}'
            and {{ bucket('parts.opened_at', width) }} < noted.asked_to
    ) as reached
    except
    select
        exchange,
        symbol,
        opened_at
    from regrouped
    where is_whole

),

rolled as (

    select
        exchange,
        symbol,
        opened_at,
        {{ measures | join(',\n        ') }},
        minute_count
    from regrouped
    where is_whole
    union all
    select
        touched.exchange,
        touched.symbol,
        touched.opened_at,
        candle.*
    from touched
    cross join lateral (
        select
            {{ ohlcv_rollup(of_minutes=not parts) }}
        from {{ all_parts }} as parts
        where
            parts.exchange = touched.exchange
            and parts.symbol = touched.symbol
            and parts.opened_at >= touched.opened_at
            and parts.opened_at < touched.opened_at + interval '{{ width }}'
    ) as candle

),
{% else %}
rolled as (

    select
        parts.exchange,
        parts.symbol,
        {{ bucket('parts.opened_at', width) }} as opened_at,
        {{ ohlcv_rollup(of_minutes=not parts) }}
    from {{ all_parts }} as parts
    group by 1, 2, 3

),
{% endif %}

-- what is known of the minutes that are not there: whether with it all of the bucket had
-- its trades or none, and whether nothing of it may still come
known as (

    select
        rolled.*,
        case
            when rolled.minute_count = {{ minutes }} then array[true, true]
            else (
                select
                    array[
                        coalesce(
                            range_agg(covered.span) filter (where covered.is_complete)
                            @> whole.bucket,
                            false
                        ),
                        coalesce(range_agg(covered.span) @> whole.bucket, false)
                    ]
                from (
                    values (tstzrange(
                        rolled.opened_at, rolled.opened_at + interval '{{ width }}'
                    ))
                ) as whole (bucket)
                cross join lateral (
                    select
                        tstzrange(
                            parts.opened_at,
                            parts.opened_at + interval '{{ part_width }}'
                        ) as span,
                        {{ 'parts.is_complete' if parts else 'true as is_complete' }}
                    from {{ all_parts }} as parts
                    where
                        parts.exchange = rolled.exchange
                        and parts.symbol = rolled.symbol
                        and parts.opened_at >= rolled.opened_at
                        and parts.opened_at < rolled.opened_at + interval '{{ width }}'
                        {{ 'and parts.is_final' if parts }}
                    union all
                    select
                        tstzrange(gap.asked_from, gap.asked_to),
                        false
                    from {{ named(ref('int_fetches__absences'), 'gap') }}
                    where
                        gap.system = rolled.exchange
                        and gap.key = rolled.symbol
                        and gap.outcome = 'empty'
                        and gap.asked_from < rolled.opened_at + interval '{{ width }}'
                        and gap.asked_to > rolled.opened_at
                    union all
                    select
                        tstzrange(quiet.asked_from, quiet.asked_to),
                        true
                    from {{ named(ref('int_fetches__absences'), 'quiet') }}
                    where
                        quiet.system = rolled.exchange
                        and quiet.key = rolled.symbol
                        and quiet.outcome = 'quiet'
                        and quiet.asked_from
                        >= {{ bucket('rolled.opened_at', '24 hours') }}
                        and quiet.asked_from
                        < rolled.opened_at + interval '{{ width }}'
                        and quiet.asked_to > rolled.opened_at
                ) as covered
                group by whole.bucket
            )
        end as is_known
    from rolled

),

candles as (

    select
        -- keys
        exchange,
        symbol,
        opened_at,
        -- measures
        {{ measures | join(',\n        ') }},
        nullif(quote_volume, 0) / nullif(base_volume, 0) as vwap_price,
        minute_count,
        coalesce(is_known[1], false) as is_complete,
        coalesce(is_known[2], false) as is_final,
        -- lineage
        now() as updated_at,
        case when minute_count > 0 then {{ version() }} end as changed_in
    from known

)

select * from candles
{% endmacro %}
