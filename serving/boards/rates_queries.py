"""What the board of rates asks the marts."""

from serving.currencies import SERIES

CURRENCIES = f"""
with {SERIES}

select
    known.currency,
    concat_ws(' ', known.currency, currencies.currency_name) as label
from (
    select base_currency as currency from series
    union
    select quote_currency from series
) as known
left join marts.dim_currencies as currencies using (currency)
order by known.currency
"""  # noqa: S608 - two constants
# what a provider says itself, then what fx_rate puts together of several and of laws
RATES = """
with

asked as (
    select
        upper(%(base)s) as base,
        upper(%(currency)s) as currency,
        least(%(to)s::date, max(rate_date)) as last_day,
        coalesce(
            %(from)s::date, least(%(to)s::date, max(rate_date)) - 365
        ) as first_day
    from marts.fct_fx_rates_1d
),

quoted as (
    select rates.provider, rates.rate_date, rates.rate, 1 as choice
    from asked
    inner join marts.fct_fx_rates_1d as rates
        on rates.base_currency = asked.base
        and rates.quote_currency = asked.currency
        and rates.rate_date between asked.first_day - 7 and asked.last_day
    union all
    select rates.provider, rates.rate_date, rates.inverse_rate, 2 as choice
    from asked
    inner join marts.fct_fx_rates_1d as rates
        on rates.base_currency = asked.currency
        and rates.quote_currency = asked.base
        and rates.rate_date between asked.first_day - 7 and asked.last_day
    union all
    select
        rates.provider,
        rates.rate_date,
        trim_scale(rates.rate / bases.rate) as rate,
        3 as choice
    from asked
    inner join marts.fct_fx_rates_1d as bases
        on bases.base_currency in ('USD', 'EUR')
        and bases.quote_currency = asked.base
        and bases.rate_date between asked.first_day - 7 and asked.last_day
    inner join marts.fct_fx_rates_1d as rates
        on rates.provider = bases.provider
        and rates.base_currency = bases.base_currency
        and rates.quote_currency = asked.currency
        and rates.rate_date = bases.rate_date
    where asked.base != asked.currency
),

own as (
    select distinct on (provider, rate_date) provider, rate_date, rate
    from quoted
    order by provider, rate_date, choice
),

crossed as (
    select found.provider, found.rate_date, found.rate
    from asked
    cross join generate_series(
        greatest(asked.first_day, asked.last_day - 365) - 7,
        asked.last_day,
        interval '1 day'
    ) as days (day)
    cross join lateral marts.fx_rate(asked.base, asked.currency, days.day) as found
    where found.rate_date = days.day::date and found.provider not in ('xe', 'ecb')
),

moves as (
    select
        rates.*,
        case
            when rate_date <= lag(rate_date) over days + 7
                then lag(rate) over days
        end as rate_before
    from (select * from own union all select * from crossed) as rates
    window days as (partition by provider order by rate_date)
),

changes as (
    select
        moves.*,
        moves.rate / moves.rate_before - 1 as change
    from moves
    cross join asked
    where moves.rate_date >= asked.first_day
),

usual as (
    select
        provider,
        percentile_disc(0.5) within group (order by abs(change)) as median_change
    from changes
    group by provider
),

judged as (
    select
        changes.*,
        coalesce(
            abs(changes.change) >= 0.05
            or abs(changes.change) >= 0.01
            and abs(changes.change) > 8 * usual.median_change,
            false
        ) as is_jump
    from changes
    inner join usual using (provider)
)
"""
LINES = f"""{RATES}
select
    provider,
    rate_date,
    rate_date::timestamp at time zone 'utc' as day_at,
    rate,
    rate_before is null as is_first,
    round(change * 100, 2) as percent,
    is_jump
from judged
order by provider, rate_date
limit 30000
"""  # noqa: S608 - constants
JUMPS = f"""{RATES}
select
    rate_date as "Day",
    provider as "Provider",
    rate_before as "Rate before",
    rate as "Rate",
    round(change * 100, 2) as "Change, %%"
from judged
where is_jump
order by rate_date desc, provider
limit 200
"""  # noqa: S608 - constants
NEWEST = f"""
with {SERIES},

newest as (
    select
        series.*,
        last_rate.*,
        max(last_rate.rate_date) over (
            partition by series.provider, series.base_currency
        ) as goes_on_until
    from series
    cross join lateral (
        select rate_date, quoted_at, date_trunc('second', now() - quoted_at) as age
        from marts.fct_fx_rates_1d as rates
        where
            rates.provider = series.provider
            and rates.base_currency = series.base_currency
            and rates.quote_currency = series.quote_currency
        order by rates.rate_date desc
        limit 1
    ) as last_rate
),

judged as (
    select
        newest.*,
        case
            when provider = 'ecb' and missed.count <= 2 then 'fresh'
            when provider != 'ecb' and age <= interval '26 hours' then 'fresh'
            when rate_date < goes_on_until - 14 then 'ended'
            else 'stale'
        end as state
    from newest
    cross join lateral (
        select count(*)
        from generate_series(
            rate_date + 1, now() - interval '1 day', interval '1 day'
        ) as due (day)
        where extract(isodow from due.day) < 6
    ) as missed
)

select
    state as "State",
    quote_currency as "Currency",
    base_currency as "Base",
    provider as "Provider",
    quoted_at as "Newest rate",
    age as "Age",
    case
        when state = 'stale' and rate_date < goes_on_until
            then format(
                '`python -m ingestion %%s --from %%s` asks for it again, '
                'then `dbt build`', provider, rate_date + 1
            )
        when state = 'stale'
            then format(
                '`python -m ingestion %%s` asks for what is new, then `dbt build`',
                provider
            )
        when state = 'ended' then 'The provider quotes it no longer'
    end as "What to do"
from judged
order by state = 'stale' desc, state, age desc, provider, base_currency, quote_currency
limit 1000
"""  # noqa: S608 - constants
