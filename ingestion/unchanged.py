"""Answers that say what the newest one to the same request did: they do not land.

dlt's state has, of what each key was last asked, which page of which load holds the
answer. It lands with the pages, so it is true as soon as they count; whether the page
is still there is looked up, and its body compared. A page that lands for a key by any
other request, such as a backfill's, voids all that was known of the key.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import dlt
from psycopg2.sql import SQL, Identifier

import warehouse
from ingestion.report import Key
from ingestion.run import Run

if TYPE_CHECKING:
    from psycopg2.extensions import connection

    from ingestion.keys import Page

# pages of an answer that are held, at most, until it is known whether all is unchanged
MOST_HELD = 20
# pages of a key that are known, at most: the newest
MOST_KNOWN = 50
PAGE = SQL("""
select landed.payload
from raw.{} as landed
inner join raw._dlt_loads as loads on landed._dlt_load_id = loads.load_id
where
    landed._dlt_load_id = %s
    and landed.fetched_at = %s
    and loads.status = 0
""")


@dataclass
class Coming:
    """An answer of which pages come: those held, and whether one is known to differ."""

    held: list["Page"] = field(default_factory=list)
    differs: bool = False


class UnchangedAnswers:
    """The unchanged answers of a table's keys, while these are asked again."""

    def __init__(self, run: Run) -> None:
        self.is_trial = run.is_trial
        self.is_aside = bool(run.window) or run.is_for_gaps or run.is_trial
        self.coming: dict[str, Coming] = {}
        self.held: connection | None = None

    def __enter__(self) -> Self:
        """Begin; nothing is connected before there is something to look up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the connection go."""
        if self.held:
            self.held.close()

    def has(self, key: Key, page: "Page") -> bool:
        """Whether the newest answer to a page's request is there, and says the same."""
        if self.is_aside or page.dedup_key is None:
            return False
        known = _known().get(key.name, {}).get(page.dedup_key)
        if not known or not any(map(page.repeats, self._payloads(*known))):
            return False
        key.known_pages[page.dedup_key] = known
        return True

    def take(self, key: Key, page: "Page") -> list["Page"]:
        """Return what is to land now that a page came: it and those held, or none.

        Whether it is unchanged `key.is_unchanged` says.
        """
        answer = self.coming.setdefault(key.name, Coming())
        answer.differs = answer.differs or not key.is_unchanged
        answer.held.append(page)
        if answer.differs or len(answer.held) > MOST_HELD:
            return self._let_go(key, page.ends_answer)
        if page.ends_answer:
            key.leave(len(self.coming.pop(key.name).held))
        return []

    def rest(self, key: Key) -> list["Page"]:
        """Return what is held of an answer whose end did not come."""
        return self._let_go(key, True) if key.name in self.coming else []

    def note(self, key: Key, page: "Page") -> None:
        """Note that a page lands with the load that is being made."""
        if self.is_trial:
            return
        if self.is_aside or page.dedup_key is None:
            _known().pop(key.name, None)
            return
        load = dlt.current.load_package_state()["load_id"]
        fetched_at = page.row["fetched_at"].isoformat(timespec="microseconds")
        key.known_pages[page.dedup_key] = [load, fetched_at]
        newest = dict([*key.known_pages.items()][-MOST_KNOWN:])
        dlt.current.resource_state().setdefault("standing", {})[key.name] = newest

    def _let_go(self, key: Key, is_over: bool) -> list["Page"]:
        pages = self.coming.pop(key.name).held
        if not is_over:
            self.coming[key.name] = Coming(differs=True)
        return pages

    def _payloads(self, load: str, fetched_at: str) -> list[str]:
        if not self.held:
            self.held = warehouse.connect("loader", "ingestion")
            self.held.autocommit = True
        table = dlt.current.get_resource().name
        with self.held.cursor() as cursor:
            cursor.execute(PAGE.format(Identifier(table)), (load, fetched_at))
            return [payload for (payload,) in cursor.fetchall()]


def _known() -> dict[str, dict[str, list[str]]]:
    """Return the load and time of each page that is known, by key and what it says."""
    return dlt.current.resource_state().get("standing", {})
