"""What both versions of Frankfurter are asked, and how they refuse."""

from collections.abc import Sequence
from datetime import date

from fastapi import Request

from serving import times
from serving.database import Database
from serving.dialects.frankfurter_rates import BUCKETS, PROVIDERS, Asked
from serving.refusals import Refusal

MOST_DAYS = 366
MOST_RATES = 36_600
"""So many of named quotes: a quote of 100 years, or 100 of one."""
UNKNOWN = """
select asked.code
from unnest(%s::text[]) as asked (code)
left join marts.dim_currencies as known on asked.code = known.currency
where known.currency is null
"""
PARAMETERS = {
    "rates": ("base", "quotes", "date", "from", "to", "providers", "group"),
    "rate": ("date", "providers"),
}


def refusal(version: int, status: int, sentence: str) -> Refusal:
    """Return an error in Frankfurter's form."""
    body = {"message": sentence}
    return Refusal(status, {"status": status, **body} if version == 2 else body)


class Question:
    """Reads what is asked by a version's names; raises 422 for what can't be."""

    def __init__(self, request: Request, version: int) -> None:
        self.database: Database = request.app.state.database
        self.version = version
        self.of_now = False
        kind = request.url.path.split("/")[3].split(".")[0]
        known = PARAMETERS.get(kind) if version == 2 else None
        unread = [name for name in request.query_params if known and name not in known]
        if unread:
            sentence = f"unknown parameter: {', '.join(unread)}; {kind} has "
            raise self.unfit(f"{sentence}{', '.join(known)}")

    def unfit(self, sentence: str) -> Refusal:
        """Return a 422."""
        return refusal(self.version, 422, sentence)

    async def asked(
        self,
        base: str,
        quotes: str | None,
        providers: str | None,
        days: tuple[str | None, str | None, str | None],
        group: str | None,
    ) -> Asked:
        """Return the rates asked for, `days` being a day, or a range's two."""
        day, start, end = (
            self.day(name, text)
            for name, text in zip(("date", "from", "to"), days, strict=True)
        )
        if day and (start or end):
            raise self.unfit("conflicting params: give either date, or from and to.")
        if end and not start:
            raise self.unfit("to needs the day that the range is from.")
        if group is not None and group.lower() not in BUCKETS:
            raise self.unfit(
                f"invalid group {group!r}: {', '.join(BUCKETS)} are known."
            )
        today = times.now().date()
        last = day or end or today
        if start and start > last:
            raise self.unfit(f"from {start} is after {last}, where the range ends.")
        self.of_now = last >= today
        wanted = None if not quotes else quotes.upper().split(",")
        await self._check([base.upper(), *(wanted or ())])
        return Asked(
            base=base.upper(),
            quotes=wanted,
            end=last,
            start=start,
            providers=self.providers(providers) or PROVIDERS,
            group=group.lower() if group and start else None,
        )

    def providers(self, given: str | None) -> Sequence[str] | None:
        """Return the providers that are named, None for all."""
        if not given:
            return None
        named = given.lower().split(",")
        unknown = [name for name in named if name not in PROVIDERS]
        if unknown:
            known = ", ".join(name.upper() for name in PROVIDERS)
            sentence = f"invalid provider: {','.join(unknown).upper()}; there are "
            raise self.unfit(f"{sentence}{known}")
        return named

    def day(self, name: str, text: str | None) -> date | None:
        """Return a day."""
        try:
            return times.day(name, text)
        except Refusal as unread:
            raise self.unfit(unread.body["detail"]) from None

    async def _check(self, codes: Sequence[str]) -> None:
        unknown = (await self.database.fetch(UNKNOWN, [list(codes)])).rows
        if unknown:
            named = ",".join(code for (code,) in unknown)
            known = "currencies names those that there are"
            raise self.unfit(f"invalid currency: {named}; {known}")


def days_that_fit(version: int, asked: Asked) -> None:
    """Raise a 422 for a range of more rates than one answer may have."""
    if asked.start is None:
        return
    most = MOST_RATES // len(asked.quotes) if asked.quotes else MOST_DAYS
    if (asked.end - asked.start).days >= most:
        other = ", or for CSV or JSON lines, which have no end" if version == 2 else ""
        raise refusal(
            version,
            422,
            f"From {asked.start} to {asked.end} is too much for one answer: "
            f"ask for {most} days at most, or for fewer quotes{other}.",
        )
