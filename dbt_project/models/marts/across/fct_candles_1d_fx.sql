{{ config(
    unique_key=['exchange', 'symbol', 'opened_at', 'currency'],
    meta={'version': 2},
) }}

{% set newest_first = "known.currency_to, known.rate_date desc" %}

with

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
            from {{ named(ref('rpt_usd_rates_1d'), 'known') }}
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
        candles.open_price * rates.rate as open_price,
        candles.high_price * rates.rate as high_price,
        candles.low_price * rates.rate as low_price,
        candles.close_price * rates.rate as close_price,
        rates.rate,
        rates.rate_date,
        rates.provider
    from touched
    inner join {{ named(ref('fct_candles_1d'), 'candles') }}
        on
            touched.exchange = candles.exchange
            and touched.symbol = candles.symbol
            and touched.opened_at = candles.opened_at
    inner join markets
        on
            touched.exchange = markets.exchange
            and touched.symbol = markets.symbol
    inner join rates
        on (touched.opened_at at time zone 'utc')::date = rates.opened_date

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
        {{ version() }} as changed_in
    from converted
    {% if is_incremental() %}
    union all
    select
        kept.exchange,
        kept.symbol,
        kept.opened_at,
        kept.currency,
        kept.open_price,
        kept.high_price,
        kept.low_price,
        kept.close_price,
        kept.rate,
        kept.rate_date,
        kept.provider,
        kept.updated_at,
        null as changed_in
    from touched
    inner join {{ this }} as kept
        on
            touched.exchange = kept.exchange
            and touched.symbol = kept.symbol
            and touched.opened_at = kept.opened_at
    where
        (kept.exchange, kept.symbol, kept.opened_at, kept.currency) not in (
            select
                converted.exchange,
                converted.symbol,
                converted.opened_at,
                converted.currency
            from converted
        )
    {% endif %}

)

select * from candles
