"""Why a file of a loan book can't be used, by the one judge that staging asks too.

It is a macro of the dbt project, rendered here for the warehouse's own SQL: what
ingestion lets pass staging reads.
"""

from contextlib import closing
from functools import cache

from jinja2 import Environment

import warehouse

MACROS = warehouse.ROOT / "dbt_project" / "macros" / "loans"
DECIMALS = (".", ",")
DATES = ("mdy", "dmy")


def check(decimal: str, dates: str) -> dict[str, str]:
    """Return the settings that are given, by name.

    Raises:
        WarehouseError: one of them is none that there is.

    """
    given = {"decimal": (decimal, DECIMALS), "dates": (dates.lower(), DATES)}
    for name, (value, known) in given.items():
        if value and value not in known:
            raise warehouse.WarehouseError(
                f"SOURCES__LOANS__{name.upper()} is {value}: set it to "
                f"{' or '.join(known)}, or not at all."
            )
    return {name: value for name, (value, _) in given.items() if value}


def why_unusable(file_name: str, text: str, settings: dict[str, str]) -> str | None:
    """Return what is wrong with a file as a whole; None if it can be used."""
    page = (file_name, text, settings.get("decimal"), settings.get("dates"))
    with closing(warehouse.connect("loader")) as held, held.cursor() as cursor:
        cursor.execute(_query(), page)
        return cursor.fetchone()[0]


@cache
def _query() -> str:
    columns = ("file_name", "payload", "decimal_mark", "date_order")
    asked = ", ".join(f"%s::text as {column}" for column in columns)
    reading = reading_of(*(f"page.{column}" for column in columns))
    return (
        f"select reading.unusable from (select {asked}) as page "  # noqa: S608 - ours
        f"cross join lateral {reading.replace('%', '%%')} as reading"
    )


def reading_of(*expressions: str) -> str:
    """Return the SQL that judges a file, of what the macro takes."""
    source = "\n".join(file.read_text() for file in MACROS.glob("*.sql"))
    macros = Environment(autoescape=False).from_string(source).module  # noqa: S701 - SQL
    return macros.loan_reading(*expressions)
