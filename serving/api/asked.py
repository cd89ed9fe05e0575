"""The parameters that the clean API's lists share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import signature
from typing import Annotated

from fastapi import Depends, Query, Request

from serving import times
from serving.listing import MEDIA_TYPES, MOST, PAGE, Asked, Numbers, form_of

A_TIME = {"format": "date-time"}
A_DAY = {"format": "date"}


@dataclass(frozen=True)
class Page:
    """How much of a list, from where on, and in which form."""

    request: Request
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="Rows of a page, as JSON.")
    ] = PAGE
    cursor: Annotated[
        str | None, Query(description="From the Link of the page before.")
    ] = None
    format: Annotated[
        str | None,
        Query(
            description="In which form; else by Accept.",
            json_schema_extra={"enum": list(MEDIA_TYPES)},
        ),
    ] = None
    numbers: Annotated[
        Numbers, Query(description="Whether exact numbers are text or JSON numbers.")
    ] = "text"

    def asked(self) -> Asked:
        """Return it as what a listing is asked."""
        return Asked(
            limit=self.limit,
            cursor=self.cursor,
            form=form_of(self.request, self.format),
            as_numbers=self.numbers == "number",
        )


@dataclass(frozen=True)
class Instants:
    """A span of time; without its start the newest rows are given."""

    from_: Annotated[
        str | None,
        Query(alias="from", description="The first time, inclusive; else the newest."),
    ] = None
    to: Annotated[str | None, Query(description="Where the times end, exclusive.")] = (
        None
    )

    def narrow(self, asked: Asked, column: str) -> None:
        """Ask for the rows whose time is in the span."""
        start, end = times.instant("from", self.from_), times.instant("to", self.to)
        asked.add(f"{column} >= %s", start)
        asked.add(f"{column} < %s", end)
        asked.newest = start is None
        asked.is_closed = end is not None and end <= times.now()


@dataclass(frozen=True)
class Days:
    """A span of days; without its start the newest rows are given."""

    from_: Annotated[
        str | None,
        Query(
            alias="from",
            description="The first UTC day; else the newest rows are given.",
            json_schema_extra=A_DAY,
        ),
    ] = None
    to: Annotated[
        str | None,
        Query(description="The last UTC day, inclusive.", json_schema_extra=A_DAY),
    ] = None

    def narrow(self, asked: Asked, column: str) -> None:
        """Ask for the rows whose day is in the span."""
        start, end = times.day("from", self.from_), times.day("to", self.to)
        asked.add(f"{column} >= %s", start)
        asked.add(f"{column} <= %s", end)
        asked.newest = start is None
        asked.is_closed = end is not None and end < times.now().date()


def _at_once(kind: Callable[..., object]) -> Callable[..., Awaitable[object]]:
    """Return what makes one on the event loop: FastAPI makes a class in a thread."""

    async def made(**values: object) -> object:
        return kind(**values)

    made.__signature__ = signature(kind)
    return made


PageAsked = Annotated[Page, Depends(_at_once(Page))]
InstantsAsked = Annotated[Instants, Depends(_at_once(Instants))]
DaysAsked = Annotated[Days, Depends(_at_once(Days))]
