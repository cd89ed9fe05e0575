{{ config(
    unique_key=['exchange', 'symbol', 'opened_at', 'currency'],
    meta={'version': 2},
) }}

{% set key = ['exchange', 'symbol', 'opened_at', 'currency'] %}
{% set newest_first = "known.currency_to, known.rate_date desc" %}

with

usd_rates as not materialized (select * from {{ ref('rpt_usd_rates_1d') }}),

daily_candles as not materialized (select * from {{ ref('fct_candles_1d') }}),

touched as (

    select * from {{ ref('int_candles__repriced') }}

),

markets as (

    {{ dollar_markets() }}

),

days as (

    select distinct (opened_at at time zone 'utc')::date as opened_date
    from touched

),

rates as (

    select
        days.opened_date,
        newest.*
    from days
    cross join
        lateral (
            select distinct on (known.currency_to)
                known.currency_to as currency,
                known.currency_to_usd_rate as rate,
                known.rate_date,
                known.provider
            from usd_rates as known
            where
                known.rate_date <= days.opened_date
                and known.rate_date >= days.opened_date - {{ lasting_days() }}
                and not exists (
                    select 1
                    from {{ fixed_rates() }}
                    where
                        fixed_rates.currency = known.currency_to
                        and fixed_rates.has_ended
                        and fixed_rates.fixed_from <= days.opened_date
                )
            order by {{ newest_first }}
        ) as newest
    union all
    select
        opened_date,
        'USD' as currency,
        1 as rate,
        opened_date as rate_date,
        null as provider
    from days

),

converted as (

    select
        touched.exchange,
        touched.symbol,
        touched.opened_at,
        rates.currency,
        daily_candles.open_price * rates.rate as open_price,
        daily_candles.high_price * rates.rate as high_price,
        daily_candles.low_price * rates.rate as low_price,
        daily_candles.close_price * rates.rate as close_price,
        rates.rate,
        rates.rate_date,
        rates.provider
    from touched
    inner join daily_candles
        on
            touched.exchange = daily_candles.exchange
            and touched.symbol = daily_candles.symbol
            and touched.opened_at = daily_candles.opened_at
    inner join markets
        on
            touched.exchange = markets.exchange
            and touched.symbol = markets.symbol
    inner join rates
        on (touched.opened_at at time zone 'utc')::date = rates.opened_date

),

{% if is_incremental() %}
stored as (

    select kept.{{ key | join(', kept.') }}
    from touched
    inner join {{ this }} as kept on {{ keys_match('touched', 'kept', key[:3]) }}

),
{% endif %}

states as (

    {{ with_gone('converted', 'stored', key) }}

),

candles as (

    select
        -- keys
        exchange,
        symbol,
        opened_at,
        currency,
        -- measures
        open_price,
        high_price,
        low_price,
        close_price,
        rate,
        -- attributes
        rate_date,
        provider,
        -- lineage
        now() as updated_at,
        changed_in
    from states

)

select * from candles
