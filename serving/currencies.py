"""Which currencies there are, and which series of rates."""

from serving.database import Database
from serving.refusals import unknown

IS_KNOWN = "select exists (select 1 from marts.dim_currencies where currency = %s)"
CURRENCIES = """
select currency_to from marts.rpt_usd_rates_1d
where rate_date > (select max(rate_date) from marts.rpt_usd_rates_1d) - 14
union
select 'USD'
"""
# one step along the index a series, however many days each has
SERIES = """
recursive series as (
    (
        select provider, base_currency, quote_currency
        from marts.fct_fx_rates_1d
        order by provider, base_currency, quote_currency
        limit 1
    )
    union all
    select further.*
    from series
    cross join lateral (
        select rates.provider, rates.base_currency, rates.quote_currency
        from marts.fct_fx_rates_1d as rates
        where
            (rates.provider, rates.base_currency, rates.quote_currency)
            > (series.provider, series.base_currency, series.quote_currency)
        order by rates.provider, rates.base_currency, rates.quote_currency
        limit 1
    ) as further
)
"""
"""What `with` names `series`: each provider's pairs of currencies."""


async def check_currencies(database: Database, *codes: str) -> None:
    """Raise a 404 for a code that is no currency's; it names those that have rates."""
    for code in codes:
        if not (await database.fetch(IS_KNOWN, [code.upper()])).rows[0][0]:
            known = [name for (name,) in (await database.fetch(CURRENCIES)).rows]
            raise unknown(f"There is no currency {code!r}.", known)
