"""What a page of currency rates is a complete answer for, of whichever provider."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ingestion.retractions import Claim

MART = "marts.fct_fx_rates_1d"
STORED = """
select quote_currency, rate_date::timestamp at time zone 'utc'
from marts.fct_fx_rates_1d
where
    provider = '{}'
    and base_currency = %(key)s
    and quote_currency = any(%(series)s)
    and rate_date >= (%(start)s at time zone 'utc')::date
    and rate_date < (%(end)s at time zone 'utc')::date
"""


def claim(
    provider: str,
    base: str,
    start: datetime,
    end: datetime,
    series: Mapping[str, Collection[datetime]],
) -> Claim:
    """Return the claim of a provider's page: in `[start, end)` each currency's days."""
    return Claim(MART, STORED.format(provider), base, start, end, series)
