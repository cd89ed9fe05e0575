"""What ingestion accepts staging shows: whatever an answer is, someone says something.

Of each answer, mutated from a good one, a key failed, or for each of its records a
winner or a reject stands. Hypothesis draws the answers; all land, each in a load of its
own, and are built once.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import snapshots
from ingestion.ethereum_queries import COLUMNS, Queries, Settings
from ingestion.http import Answer, FailedError, RefusedError
from ingestion.sources import (
    EXCHANGES,
    coinmarketcap,
    cryptocompare,
    ecb,
    ethereum,
    plant,
    xe,
)
from ingestion.sources import SYSTEMS as ALL
from ingestion.window import Window
from tests.support.database import Database
from tests.support.loan_files import HEADINGS, files_of
from tests.support.raw import Raw
from tests.support.stand_in import Sandbox
from tests.support.transfers import DAY, START
from tests.trust.content.loans import STEADY
from tests.trust.content.story import CAME
from tests.trust.content.story import Answer as Landed
from tests.trust.content.walk import MODELS, SYSTEMS
from tests.trust.hypotheses import tried
from tests.trust.mutants import mutants

SOME, MANY = 24, 150
PLACE = 50
"""Where the good answers of a fault's stories are over."""


def answer_of(text: str) -> Answer:
    """Return an answer that came with 200."""
    return Answer(200, text, {}, CAME, CAME)


def as_text(record: Any) -> str:  # noqa: ANN401 - of any shape
    """Return a record as a text that is the same for the same one."""
    return json.dumps(record, sort_keys=True)


@dataclass
class Tried:
    """A system: how its bodies are read and written, judged, and counted."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    judge: Callable[[Landed], list[Landed]]
    records: Callable[[Any], set[str]]

    def pages(self, place: int) -> list[Landed]:
        """Return a good answer, of one page."""
        system = SYSTEMS[self.name]
        return system.pages(place, system.good(place), CAME)


def whole(judge: Callable[[Answer], object]) -> Callable[[Landed], list[Landed]]:
    """Return a judge of a page by what reads its answer."""

    def judged(page: Landed) -> list[Landed]:
        judge(answer_of(page[1]))
        return [page]

    return judged


def snapshot(listed: Callable) -> Callable[[Landed], list[Landed]]:
    """Return a judge of the page that a snapshot consists of."""

    def judged(page: Landed) -> list[Landed]:
        asked = json.loads(page[0])
        size = asked.get("limit") or asked["page_size"]
        names = ("start", "limit", "page", "page_size")
        request = {name: asked[name] for name in names if name in asked}

        def ask(_: int):
            answer = answer_of(page[1])
            return request, answer, listed(answer)

        pages = snapshots.pages(ask, asked["wanted"], size, page[2])
        return [
            (found.row["request"], found.row["payload"], page[2]) for found in pages
        ]

    return judged


def of_list(body: Any, form: Callable[[Any], Any] = lambda item: item) -> set[str]:  # noqa: ANN401
    """Return the records of a list."""
    return {as_text(form(item)) for item in body} if isinstance(body, list) else {"?"}


def readings(body: Any) -> set[str]:  # noqa: ANN401 - of any shape
    """Return the values of rows, by time and signal."""
    found = set()
    for row in body if isinstance(body, list) else ["?"]:
        if isinstance(row, dict) and isinstance(row.get("Data"), dict):
            row = row["Data"]
        signals = (
            {name: value for name, value in row.items() if name not in PLAIN}
            if isinstance(row, dict)
            else {}
        )
        # of a row without a time or a signal only that is told
        if not signals or not TIME.fullmatch(str(row.get("timestamp"))):
            found.add(as_text(row))
        else:
            found |= {as_text([row["timestamp"], each]) for each in signals.items()}
    return found


PLAIN = ("timestamp", "id")
TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9:TZ]*")


def rates(body: Any) -> set[str]:  # noqa: ANN401 - of any shape
    """Return the rates of a moment or of a period."""
    to = body.get("to") if isinstance(body, dict) else None
    if isinstance(to, list):
        return {
            as_text([item.get("quotecurrency"), item.get("mid")])
            if isinstance(item, dict)
            else as_text(item)
            for item in to
        }
    if isinstance(to, dict):
        return {
            as_text([code, item])
            for code, items in to.items()
            for item in (items if isinstance(items, list) else [items])
        }
    return {"?"}


def lines(body: Any) -> set[str]:  # noqa: ANN401 - of any shape
    """Return the lines of a file below its heading, but those without a rate."""
    texts = [line.strip(", \r") for line in csv_of(body).split("\n")[1:]]
    return {line for line in texts if line and set(line.split(",")[1:]) != {"N/A"}}


def csv_of(body: Any) -> str:  # noqa: ANN401 - of any shape
    """Write lines of cells, or what has become of them, as a text."""
    rows = body if isinstance(body, list) else [body]
    cells = (row if isinstance(row, list) else [row] for row in rows)
    texts = (
        ",".join(cell if isinstance(cell, str) else json.dumps(cell) for cell in row)
        for row in cells
    )
    # Postgres has no NUL, and neither does what lands
    return "\n".join(texts).replace("\0", "")


def cells_of(text: str) -> list[list[str]]:
    """Read lines as lists of cells."""
    return [line.split(",") for line in text.splitlines()]


def coins(*path: str) -> Callable[[Any], set[str]]:
    """Return what finds the coins under a path."""

    def found(body: Any) -> set[str]:  # noqa: ANN401 - of any shape
        for name in path:
            body = body.get(name) if isinstance(body, dict) else None
        return of_list(body)

    return found


def exchange(name: str) -> Tried:
    """Return an exchange, whose body is a list of candles, each a list."""
    width = SYSTEMS[name].width
    return Tried(
        name,
        json.loads,
        json.dumps,
        whole(import_module(f"ingestion.sources.{name}").candles_of),
        lambda body: of_list(
            body, lambda row: row[:width] if isinstance(row, list) else row
        ),
    )


TRIED = {
    each.name: each
    for each in (
        *map(exchange, EXCHANGES),
        Tried("plant", json.loads, json.dumps, whole(plant.rows_of), readings),
        Tried("xe", json.loads, json.dumps, whole(xe.points_of), rates),
        Tried("ecb", cells_of, csv_of, whole(ecb.lines_of), lines),
        Tried(
            "coinmarketcap",
            json.loads,
            json.dumps,
            snapshot(coinmarketcap.listed),
            coins("data"),
        ),
        Tried(
            "cryptocompare",
            json.loads,
            json.dumps,
            snapshot(cryptocompare.listed),
            coins("Data", "LIST"),
        ),
    )
}


@dataclass
class Seen:
    """What landed of each system by load, and what stood after the build."""

    landed: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    stand: dict[str, int] = field(default_factory=dict)
    days: dict[str, object] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    """Loads of which a reject is of a whole answer."""


def try_all(system: Tried, raw: Raw, seen: Seen, times: int) -> None:
    """Land a system's mutated answers, as far as ingestion lets them."""
    places = count(PLACE)

    @tried(times)
    @given(st.data())
    def land(data: st.DataObject) -> None:
        ((request, text, at),) = system.pages(next(places))
        body = data.draw(mutants(system.read(text)))
        spoilt = system.write(body)
        try:
            pages = system.judge((request, spoilt, at))
        except (FailedError, RefusedError):
            seen.failed[system.name] = seen.failed.get(system.name, 0) + 1
            return
        load = raw.land_answers(SYSTEMS[system.name].table, pages)
        seen.landed[load] = (system.name, spoilt, system.records(system.read(spoilt)))

    land()


def chain(raw: Raw, seen: Seen, times: int, sandbox: Sandbox) -> None:
    """Land mutated answers of BigQuery's, as Google's client takes them."""
    places = count(PLACE)
    settings = Settings(f"{sandbox.url}/ethereum", "stand-in", 10**12, 0, 5_000, 1)

    @tried(times)
    @given(st.data())
    def land(data: st.DataObject) -> None:
        place = next(places)
        day = Window(START + place * DAY, START + (place + 1) * DAY)
        system = SYSTEMS["ethereum"]
        rows = [
            {"f": [{"v": cell} for cell in row.cells]} for row in system.good(place)
        ]
        body = data.draw(mutants(_job(place, rows)))
        spoilt = json.dumps(body)
        sandbox.refuse("ethereum", times=None, status=200, body=spoilt)
        try:
            queries = Queries(settings)
            pages = ethereum._pages(queries, "token_transfers", day, is_last=True)
            found = [page.row for page in pages]
        except (FailedError, RefusedError):
            seen.failed["ethereum"] = seen.failed.get("ethereum", 0) + 1
            return
        finally:
            sandbox.reset()
        pages = [(row["request"], row["payload"], CAME) for row in found]
        load = raw.land_answers(system.table, pages)
        seen.landed[load] = ("ethereum", spoilt, of_list(body.get("rows", [])))
        seen.days[load] = day.start.date()

    land()


def _job(place: int, rows: list) -> dict:
    columns = COLUMNS["token_transfers"]
    fields = [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name in columns]
    return {
        "jobReference": {"projectId": "p", "jobId": f"job{place}", "location": "US"},
        "jobComplete": True,
        "schema": {"fields": fields},
        "rows": rows,
        "totalRows": str(len(rows)),
        "totalBytesProcessed": "5",
    }


def book(raw: Raw, seen: Seen, times: int) -> None:
    """Land a book of which each payment's line is mutated in its own way."""
    files = files_of([STEADY])
    lines = [HEADINGS["payments"]]
    places = count()

    @tried(times)
    @given(st.data())
    def write(data: st.DataObject) -> None:
        good = ["steady", f"P{next(places)}", "10.5", "2023-02-12"]
        row = data.draw(mutants([good]))
        text = csv_of(row).replace("\n", " ").strip(", ")
        if text:
            lines.append(text)

    write()
    lines += [f"steady,Q{at},10.5,2023-02-12" for at in range(len(lines))]
    files["payments"] = "\n".join(lines)
    for name, text in files.items():
        answer = (json.dumps({"file": f"{name}.csv"}), text, CAME)
        load = raw.land_answers(f"loans__{name}", [answer])
        if name == "payments":
            seen.landed[load] = ("loans", text, set(lines[1:]))


_seen: list[Seen | None] = []


def walk(database: Database, dbt: Callable, sandbox: Sandbox, times: int) -> Seen:
    """Land all that is mutated, and build once."""
    os.environ["RUNTIME__REQUEST_MAX_RETRY_DELAY"] = "0.1"  # of Google's client
    raw, seen = Raw(database), Seen()
    for system in TRIED.values():
        try_all(system, raw, seen, times)
    chain(raw, seen, times, sandbox)
    book(raw, seen, times)
    dbt("run", *MODELS)
    names = database.query(
        "select table_name from information_schema.columns "
        "where table_schema = 'staging' and column_name = 'load_id' "
        "and table_name ~ '__(klines|candles|readings|rates|listings|toplist|payments"
        "|token_transfers|.*rejected)$|rejected$'"
    )
    for (name,) in names:
        torn = "item_position = 0" if name.endswith("rejected") else "false"
        for load, rows, is_torn in database.query(
            f"select load_id, count(*), bool_or({torn}) "  # noqa: S608 - ours
            f"from staging.{name} group by 1"
        ):
            seen.stand[load] = seen.stand.get(load, 0) + rows
            seen.torn |= {load} if is_torn else set()
    for load, day in seen.days.items():
        ((rows,),) = database.query(
            "select count(*) from staging.stg_ethereum__token_transfers "
            "where block_date = %s",
            day,
        )
        seen.stand[load] = seen.stand.get(load, 0) + rows
    return seen


def assert_accounted(seen: Seen, system: str) -> None:
    """Assert that of each record that landed someone says something."""
    of_system = {
        load: found for load, found in seen.landed.items() if found[0] == system
    }
    assert of_system
    for load, (_, spoilt, records) in of_system.items():
        stands = seen.stand.get(load, 0)
        assert stands >= len(records) or load in seen.torn, (stands, records, spoilt)


@pytest.fixture
def seen(request) -> Seen:
    """Return what became of all answers, which one database goes through once."""
    if not _seen:
        needed = map(request.getfixturevalue, ("database", "dbt", "sandbox"))
        _seen.append(None)
        _seen[0] = walk(*needed, SOME)
    return _seen[0] or pytest.fail("the walk failed in the first test")


@pytest.mark.parametrize("system", ALL)
def test_of_a_mutated_answer_the_key_failed_or_each_record_is_shown(seen, system):
    assert_accounted(seen, system)


def test_ingestion_fails_the_key_of_some(seen):
    assert set(seen.failed) >= {"coinmarketcap", "cryptocompare", "ethereum"}


@pytest.mark.long
def test_of_many_mutated_answers_each_is_told(database, dbt, sandbox):
    seen = walk(database, dbt, sandbox, MANY)

    for system in ALL:
        assert_accounted(seen, system)
