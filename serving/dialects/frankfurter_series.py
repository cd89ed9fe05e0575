"""Which currencies and providers Frankfurter is asked about, and since when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from serving.currencies import SERIES
from serving.database import Database

MODELS = ("fct_fx_rates_1d", "dim_currencies")
NAMES = {
    "ecb": ("European Central Bank", "reference", "EUR"),
    "xe": ("XE Currency Data", "mid", "USD"),
}
SPANS = f"""
with {SERIES}

select series.*, days.first_date, days.last_date
from series
cross join lateral (
    select
        min(rates.rate_date) as first_date,
        max(rates.rate_date) as last_date
    from marts.fct_fx_rates_1d as rates
    where
        rates.provider = series.provider
        and rates.base_currency = series.base_currency
        and rates.quote_currency = series.quote_currency
) as days
"""  # noqa: S608 - a constant
KNOWN = "select currency, currency_name from marts.dim_currencies"


class Span(NamedTuple):
    """From when to when there are rates, as ISO days, and by whom."""

    first: str
    last: str
    providers: set[str]

    @property
    def end(self) -> date:
        """Return the last day."""
        return date.fromisoformat(self.last)


class Series(NamedTuple):
    """The spans of currencies, and of providers with their currencies."""

    currencies: dict[str, Span]
    providers: dict[str, Span]
    of_provider: dict[str, set[str]]
    names: dict[str, str]


async def series(database: Database, providers: Iterable[str] | None = None) -> Series:
    """Return what there are rates of, by these providers or by all."""
    names = dict((await database.fetch(KNOWN)).rows)
    by_code: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    by_provider: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    of_provider: dict[str, set[str]] = defaultdict(set)
    for found in (await database.fetch(SPANS)).rows:
        provider, base, quote, *_ = found
        if providers is not None and provider not in providers:
            continue
        by_provider[provider].append(found)
        of_provider[provider] |= {base, quote}
        for code in (base, quote):
            by_code[code].append(found)
    return Series(
        {code: _span(by_code[code]) for code in sorted(by_code)},
        {name: _span(by_provider[name]) for name in sorted(by_provider)},
        of_provider,
        names,
    )


def _span(found: list[tuple[Any, ...]]) -> Span:
    return Span(
        min(row[3] for row in found),
        max(row[4] for row in found),
        {row[0] for row in found},
    )
