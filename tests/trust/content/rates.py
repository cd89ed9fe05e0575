"""What both sources of rates have in common."""

from datetime import date, timedelta

from tests.support.tables import Tables
from tests.trust.content.story import DIGITS, Rows

NO_NUMBER = "not a number where one belongs"
FIRST = date(2023, 1, 2)
ONE_DAY = timedelta(days=1)
FRACTION = f"1.{DIGITS[1:]}"
"""A hundred digits that are no more than a rate can be."""


def built(tables: Tables, provider: str) -> Rows:
    """Return rate and time by provider, currency and day."""
    sql = f"select * from marts.fct_fx_rates_1d where provider = '{provider}'"  # noqa: S608 - ours
    return {
        (provider, row["quote_currency"], row["rate_date"]): (
            row["rate"],
            row["quoted_at"],
        )
        for row in tables.records(sql)
    }
