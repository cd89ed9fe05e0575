"""Which currencies there are."""

from serving.database import Database
from serving.refusals import unknown

IS_KNOWN = "select exists (select 1 from marts.dim_currencies where currency = %s)"
CURRENCIES = """
select currency_to from marts.rpt_usd_rates_1d
where rate_date > (select max(rate_date) from marts.rpt_usd_rates_1d) - 14
union
select 'USD'
"""


async def check_currencies(database: Database, *codes: str) -> None:
    """Raise a 404 for a code that is no currency's; it names those that have rates."""
    for code in codes:
        if not (await database.fetch(IS_KNOWN, [code.upper()])).rows[0][0]:
            known = [name for (name,) in (await database.fetch(CURRENCIES)).rows]
            raise unknown(f"There is no currency {code!r}.", known)
