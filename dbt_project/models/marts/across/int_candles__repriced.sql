{#
    The daily candles whose prices in other currencies may be others: they changed, or
    their market did, or a rate that is the newest one on their day.
#}
{{ config(materialized='ephemeral', access='private') }}

{% set candles, rates = ref('fct_candles_1d'), ref('rpt_usd_rates_1d') %}
{% set longest = lasting_days() %}
{# Else all of them are read. #}
{% set is_read = last_read(candles) ~ ' > 0' %}

with

candles as not materialized (select * from {{ candles }}),

rates as not materialized (select * from {{ rates }}),

markets as (

    {{ dollar_markets() }}

),

changed_markets as (

    {{ changed_markets() }}

),

repriced as (

    select
        exchange,
        symbol,
        opened_at
    from {{ changed(candles, ['exchange', 'symbol', 'opened_at']) }} as part
    union
    -- a rate is the newest one until the next of its currency
    select
        candles.exchange,
        candles.symbol,
        candles.opened_at
    from {{ changed(rates, ['rate_date', 'currency_to']) }} as rate
    cross join
        lateral (
            select
                coalesce(min(later.rate_date), rate.rate_date + {{ longest + 1 }})
                    as next_date
            from rates as later
            where
                rate.currency_to = later.currency_to
                and later.rate_date > rate.rate_date
                and later.rate_date <= rate.rate_date + {{ longest }}
        ) as next_rate
    cross join markets
    inner join candles
        on
            markets.exchange = candles.exchange
            and markets.symbol = candles.symbol
            and candles.opened_at >= rate.rate_date::timestamp at time zone 'utc'
            and candles.opened_at < next_rate.next_date::timestamp at time zone 'utc'
    where {{ is_read }}
    union
    select
        candles.exchange,
        candles.symbol,
        candles.opened_at
    from changed_markets
    inner join candles
        on
            changed_markets.exchange = candles.exchange
            and changed_markets.symbol = candles.symbol
    where {{ is_read }}

)

select * from repriced
