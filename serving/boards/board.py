"""What a board is: filters, and panels of one query each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from serving import times
from serving.boards import people
from serving.database import Database, Rows
from serving.refusals import unfit

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Values = Mapping[str, Any]
"""What is asked, by the filters' names; None where nothing is."""
Offers = Sequence[tuple[str, str]]
"""Values of a filter, and what they are called."""
CHOSEN = 200
"""So many values fit a list to choose from; of more one is typed."""


@dataclass(frozen=True)
class Filter:
    """A query parameter that the panels of a board share.

    `options` are all that it can be. `known` is a query of the values that are offered,
    the usual one first, with how often they are or what they are called beside them.
    `kind` is text, time, day or number; a number has bounds.
    """

    name: str
    label: str
    usual: str = ""
    options: tuple[str, ...] = ()
    known: str = ""
    kind: str = "text"
    bounds: tuple[int, int] = (1, 1000)
    is_optional: bool = False

    def read(self, text: str) -> Any:  # noqa: ANN401 - by its kind
        """Return the value of a text; raises a 422 for what is none."""
        if not text:
            return None
        if self.options and text not in self.options:
            raise unfit(
                f"{self.name} {text!r} is not known: {', '.join(self.options)} are."
            )
        if self.kind == "time":
            return times.instant(self.name, text)
        if self.kind == "day":
            return times.day(self.name, text)
        if self.kind == "number":
            least, most = self.bounds
            if not text.isdecimal() or not least <= int(text) <= most:
                raise unfit(f"{self.name} {text!r} is no number of {least} to {most}.")
            return int(text)
        return text

    def is_chosen(self, offers: Offers) -> bool:
        """Return whether all values are shown to choose from."""
        return bool(self.options) or self.kind == "text" and 0 < len(offers) <= CHOSEN


@dataclass(frozen=True)
class Found:
    """The rows of a panel's query, and what was asked."""

    rows: Rows
    asked: Values

    def __getitem__(self, name: str) -> list[Any]:
        """Return a column; exact numbers and days as text."""
        place = self.rows.names.index(name)
        return [row[place] for row in self.rows.rows]

    def shown(self, name: str) -> list[str]:
        """Return a column in people's form."""
        kind = self.rows.types[self.rows.names.index(name)]
        return [people.form(value, kind) for value in self[name]]

    def by(self, name: str) -> dict[Any, "Found"]:
        """Return the rows of each value of a column, as they are ordered."""
        parts: dict[Any, Rows] = {}
        for value, row in zip(self[name], self.rows.rows, strict=True):
            empty = Rows(self.rows.names, self.rows.types, [])
            parts.setdefault(value, empty).rows.append(row)
        return {value: Found(rows, self.asked) for value, rows in parts.items()}

    def newest(self, name: str) -> datetime | None:
        """Return the last time of a column."""
        return max((at for at in self[name] if at is not None), default=None)


Draw = Callable[[Found], "Figure"]


@dataclass(frozen=True)
class Panel:
    """A figure, or a table where nothing draws, of one query of the marts.

    Queries and models name filters that have options in braces, others as parameters.
    `empty` says what to do where there are no rows. What is older than `late` by its
    column `newest` is stale, which `refresh` mends, unless a time to end at was asked
    for by the filter `to`. A query that looks at the clock `is_of_now`: its rows change
    without a build.
    """

    name: str
    title: str
    query: str
    models: tuple[str, ...]
    empty: str
    text: str = ""
    newest: str = ""
    late: timedelta = timedelta(hours=1)
    refresh: str = "make run"
    is_of_now: bool = False
    draw: Draw | None = None
    note: Callable[[Found], str | None] | None = None

    async def find(self, database: Database, asked: Values) -> Found:
        """Return what the query gives."""
        rows = await database.fetch(self.query.format_map(_Options(asked)), asked)
        return Found(rows, asked)

    def models_of(self, asked: Values) -> tuple[str, ...]:
        """Return the marts that the panel is of."""
        return tuple(model.format_map(_Options(asked)) for model in self.models)

    def sentences(self, found: Found) -> list[str]:
        """Return what is to be said of it: that it is empty, that it is stale."""
        if not found.rows.rows:
            return [self.empty.format_map(_Options(found.asked))]
        said = [self.note(found)] if self.note else []
        # of a span that ends one asks for what is old
        may_be_stale = self.newest and not found.asked.get("to")
        newest = found.newest(self.newest) if may_be_stale else None
        if newest and times.now() - newest > self.late:
            said.append(
                f"The newest is of {people.time(newest)}, "
                f"{people.duration(times.now() - newest)} ago: "
                f"`{self.refresh}` asks for what is new."
            )
        return [sentence for sentence in said if sentence]


class _Options(dict):
    """Gives braces their values, such as `{grain}`, as text."""

    def __init__(self, asked: Values) -> None:
        super().__init__(
            (name, "any" if value is None else str(value))
            for name, value in asked.items()
        )


@dataclass
class Board:
    """A page: what it shows, by which filters it is narrowed, and its panels."""

    title: str
    text: str
    filters: Sequence[Filter] = ()
    needs: tuple[str, ...] = ()
    """Marts without which there is no such page, since the reader may not see them."""
    panels: dict[str, Panel] = field(default_factory=dict)

    def figure(
        self,
        title: str,
        query: str,
        models: Sequence[str],
        empty: str,
        **options: Any,  # noqa: ANN401 - those of a panel
    ) -> Callable[[Draw], Draw]:
        """Add a panel that the function below draws; its docstring is its text."""

        def add(draw: Draw) -> Draw:
            text = " ".join((draw.__doc__ or "").split())
            name = draw.__name__
            self.panels[name] = Panel(
                name, title, query, tuple(models), empty, text, draw=draw, **options
            )
            return draw

        return add

    def table(
        self,
        name: str,
        title: str,
        query: str,
        models: Sequence[str],
        empty: str,
        **options: Any,  # noqa: ANN401 - those of a panel
    ) -> None:
        """Add a panel that is the rows of its query, its columns as they are named."""
        self.panels[name] = Panel(name, title, query, tuple(models), empty, **options)

    async def asked(
        self,
        database: Database,
        given: Mapping[str, str],
        offered: Mapping[str, Offers] | None = None,
    ) -> Values:
        """Return the filters' values: given, else the usual, else the first offered."""
        values = {}
        for each in self.filters:
            text = given.get(each.name, "").strip()
            if not text and not each.is_optional:
                text = each.usual
            if not text and not each.is_optional and each.known:
                known = offered[each.name] if offered else await offers(database, each)
                text = next((value for value, _ in known), "")
            values[each.name] = each.read(text)
        return values


async def offers(database: Database, each: Filter) -> Offers:
    """Return the values that a filter offers, and what they are called."""
    if each.options:
        return [(value, value) for value in each.options]
    rows = (await database.fetch(each.known)).rows if each.known else []
    return [(str(row[0]), str(row[-1])) for row in rows]


def texts(asked: Values) -> dict[str, str]:
    """Return filters' values as they stand in an address."""
    return {
        name: value.strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(value, datetime)
        else ""
        if value is None
        else str(value)
        for name, value in asked.items()
    }
