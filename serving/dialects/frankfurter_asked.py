"""What both versions of Frankfurter are asked."""

from collections.abc import Sequence

from fastapi import Request

from serving import times
from serving.database import Database, Rows
from serving.dialects.frankfurter_rates import BUCKETS, PROVIDERS, Asked
from serving.refusals import Refusal, unfit

MOST_DAYS = 366
MOST_RATES = 20_000
"""So many an answer may have, and of so many days a quote that is named may be."""
UNKNOWN = """
select asked.code
from unnest(%s::text[]) as asked (code)
left join marts.dim_currencies as known on asked.code = known.currency
where known.currency is null
"""


async def asked_of(
    database: Database,
    base: str,
    quotes: str | None,
    days: tuple[str | None, str | None, str | None],
    providers: str | None = None,
    group: str | None = None,
) -> Asked:
    """Return the rates asked for, `days` being a day, or the two of a range.

    Raises a 422 for what can't be.
    """
    day, start, end = (
        times.day(name, text)
        for name, text in zip(("date", "from", "to"), days, strict=True)
    )
    if day and (start or end):
        raise unfit("conflicting params: give either date, or from and to.")
    if end and not start:
        raise unfit("to needs the day that the range is from.")
    today = times.now().date()
    # a day to come has the newest rates
    last = min(day or end or today, today)
    if start and start > last:
        raise unfit(f"from {start} is after {last}, where the range ends.")
    if group is not None and group.lower() not in BUCKETS:
        raise unfit(f"invalid group {group!r}: {' and '.join(BUCKETS)} are known.")
    wanted = _codes(quotes)
    await _check(database, [base.upper(), *(wanted or ())])
    return Asked(
        base=base.upper(),
        quotes=wanted,
        end=last,
        start=start,
        providers=providers_of(providers) or PROVIDERS,
        group=group.lower() if group and start else None,
        of_now=last == today,
    )


def providers_of(text: str | None) -> Sequence[str] | None:
    """Return the providers that are named, None for all; raises a 422 for others."""
    named = _codes(text)
    known = [name.upper() for name in PROVIDERS]
    unknown = [name for name in named or () if name not in known]
    if unknown:
        raise unfit(
            f"invalid provider: {','.join(unknown)}; there are {' and '.join(known)}."
        )
    return named and [name.lower() for name in named]


def _codes(text: str | None) -> list[str] | None:
    """Return the codes of a list, None if there are none: some write blanks in it."""
    codes = [code.strip().upper() for code in (text or "").split(",")]
    return [code for code in codes if code] or None


def check_names(request: Request, known: Sequence[str]) -> None:
    """Raise a 422 for a parameter that is not known, as version 2 does."""
    unread = [name for name in request.query_params if name not in known]
    if unread:
        raise unfit(f"unknown parameter: {', '.join(unread)}; of {', '.join(known)}.")


async def found(database: Database, asked: Asked, other: str = "") -> Rows:
    """Return the rates asked for; raises a 422 for more than one answer may have.

    It says what to ask for instead, `other` being what else there is.
    """
    if asked.start is not None:
        most = MOST_DAYS if asked.quotes is None else MOST_RATES // len(asked.quotes)
        if (asked.end - asked.start).days >= most:
            raise _too_much(asked, f"{most} days at most{other}")
    query = f"{asked.query} limit {MOST_RATES + 1}"
    rows = await database.fetch(query, asked.values)
    if len(rows.rows) > MOST_RATES:
        raise _too_much(asked, f"fewer days or quotes{other}")
    return rows


def _too_much(asked: Asked, instead: str) -> Refusal:
    span = f"From {asked.start} to {asked.end}"
    return unfit(f"{span} is too much for one answer: ask for {instead}.")


async def _check(database: Database, codes: Sequence[str]) -> None:
    unknown = (await database.fetch(UNKNOWN, [list(codes)])).rows
    if unknown:
        named = ",".join(code for (code,) in unknown)
        raise unfit(f"invalid currency: {named}; see the address currencies.")
