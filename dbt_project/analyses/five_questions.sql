\echo 1. How did each pair close on its last five complete days?
select exchange, symbol, opened_at::date as day, trim_scale(close_price) as close_price
from (
    select
        *,
        row_number() over (
            partition by exchange, symbol order by opened_at desc
        ) as newness
    from marts.fct_candles_1d
    where is_complete
) as days
where newness <= 5
order by exchange, symbol, day;

\echo 2. Which hour of the day trades most, in quote asset, over the last 14 days?
select
    exchange,
    symbol,
    extract(hour from opened_at at time zone 'utc') as hour_of_day,
    round(avg(quote_volume)) as mean_quote_volume
from marts.fct_candles_1h
where opened_at >= now() - interval '14 days'
group by 1, 2, 3
order by 4 desc nulls last
limit 5;

\echo 3. How far do the lowest and highest price of a week lie apart?
select
    exchange,
    symbol,
    opened_at::date as week,
    round(100 * (high_price - low_price) / open_price, 2) as range_percent
from marts.fct_candles_1w
order by week desc, exchange, symbol
limit 8;

\echo 4. Where did takers buy much more than they sold?
select
    exchange,
    symbol,
    opened_at,
    round(100 * taker_buy_base_volume / nullif(base_volume, 0), 1) as taker_buy_percent
from marts.fct_candles_4h
where base_volume > 0 and is_complete
order by taker_buy_percent desc nulls last
limit 5;

\echo 5. Which past days are not final, so that a backfill may help?
select exchange, symbol, opened_at::date as day, minute_count
from marts.fct_candles_1d
where not is_final and opened_at < now() - interval '1 day'
order by exchange, symbol, day
limit 10;
