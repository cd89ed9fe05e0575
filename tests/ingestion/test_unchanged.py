"""An answer that says what the newest one of its request said lands no more."""

import os
import shutil
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from ingestion import notes
from ingestion.ingest import ingest
from ingestion.sources import EXCHANGES, ecb
from ingestion.window import Window
from tests.ingestion.test_loans import NAMES, TEXTS, put
from tests.support.stand_in import Sandbox
from warehouse import provision

TABLES = {
    "binance": "binance__klines",
    "plant": "plant__readings",
    "ecb": "ecb__rates",
    "ethereum": "ethereum__token_transfers",
    "loans": "loans__payments",
}
DIES = "import dlt, os; dlt.Pipeline.normalize = lambda *_: os.kill(os.getpid(), 9)\n"
SETTLES_AFTER = 3
"""Runs: a first one asks for more than those after it."""


class House:
    """The five systems whose answers may stand, and how each can be made to change."""

    def __init__(self, sandbox: Sandbox, database, folder: Path) -> None:
        self.sandbox, self.database, self.folder = sandbox, database, folder
        now = datetime.now(UTC)
        self.now = now.replace(second=30, microsecond=0) - timedelta(minutes=1)
        self.freeze()

    def freeze(self) -> None:
        """Let the stand-ins' clocks stand, while ours go on."""
        self.sandbox.at(self.now.isoformat())

    def settle(self, system: str) -> None:
        """Ask until all that there is stands."""
        for _ in range(SETTLES_AFTER):
            assert not ingest(system).bad

    def change(self, system: str, kind: int = 1) -> None:
        """Let a source say something else, of each `kind` another."""
        day = {"from_ms": self._ms(timedelta(hours=2)), "to_ms": self._ms()}
        minute = self._ms(timedelta(minutes=3)) // 60_000 * 60_000
        orders = {
            "binance": {
                "revise": {"symbol": "BTCUSDT", "opened_at_ms": minute, "factor": 2}
            },
            "plant": {
                "revise": {"turbine": "T01", "column": "power", "add": kind, **day}
            },
            "ecb": {
                "rate": {"currency": "USD", "day": self._fixed(), "rate": f"{kind}.5"}
            },
        }
        if system == "loans":
            put(self.folder, "payments", f"{TEXTS['payments']}\nL1,P{kind},,1")
        elif system == "ethereum":
            *_, row = self._transfers()
            self.sandbox.control(system, vanish=row["block_number"])
        else:
            self.sandbox.control(system, **orders[system])

    def change_back(self, system: str) -> None:
        """Let it say again what it said at first."""
        put(self.folder, "payments", TEXTS["payments"])
        if system != "loans":
            self.sandbox.reset()
            self.freeze()

    def pages(self, system: str) -> list[str]:
        """Return the bodies that landed, oldest first."""
        return [
            body
            for (body,) in self.database.query(
                f"select payload from raw.{TABLES[system]} "  # noqa: S608 - ours
                "inner join raw._dlt_loads on load_id = _dlt_load_id and status = 0 "
                "order by fetched_at"
            )
        ]

    def loads(self) -> int:
        """Count the loads of all systems."""
        return self.database.query("select count(*) from raw._dlt_loads")[0][0]

    def notes(self, system: str) -> list[tuple[str, int]]:
        """Return outcome and pages of what was asked, gaps left out, oldest first."""
        return self.database.query(
            f"select outcome, pages from raw.{system}__fetches "  # noqa: S608 - ours
            "where outcome != 'empty' order by fetched_at"
        )

    def _transfers(self) -> list[dict]:
        today = self.now.date()
        days = (str(today - timedelta(days=1)), str(today))
        return self.sandbox.ethereum("token_transfers", *days)

    def _fixed(self) -> str:
        newest = self.sandbox.text_of("ecb").splitlines()[1]
        return newest.split(",")[0]

    def _ms(self, ago: timedelta = timedelta()) -> int:
        return round((self.now - ago).timestamp() * 1000)


@pytest.fixture
def house(sandbox, database, environment, tmp_path) -> House:
    folder = tmp_path / "book"
    folder.mkdir()
    for name in NAMES:
        put(folder, name, TEXTS[name])
    environment["SOURCES__LOANS__FOLDER"] = str(folder)
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    for exchange in EXCHANGES:
        environment[f"SOURCES__{exchange}__FIRST_DAYS".upper()] = "0"
    environment["SOURCES__ETHEREUM__PAGE_ROWS"] = "100"
    return House(sandbox, database, folder)


def touch(folder: Path) -> None:
    for file in folder.iterdir():
        os.utime(file)


@pytest.mark.parametrize("system", TABLES)
def test_what_stands_is_noted_with_its_time_and_makes_no_load(house, system):
    house.settle(system)
    pages, loads, noted = house.pages(system), house.loads(), house.notes(system)
    touch(house.folder)
    before = datetime.now(UTC)

    report = ingest(system)

    assert (report.pages, report.loads, report.bad) == (0, [], [])
    assert (house.pages(system), house.loads()) == (pages, loads)
    asked = house.notes(system)[len(noted) :]
    assert asked == [("unchanged", 0)] * len(asked)
    assert len(asked) >= len(report.keys) > 0
    [(newest, sentence)] = house.database.query(
        f"select fetched_at, sentence from raw.{system}__fetches "  # noqa: S608 - ours
        "order by 1 desc limit 1"
    )
    assert before < newest < datetime.now(UTC)
    assert sentence == "the answer is unchanged"
    assert report.sentence().count(" unchanged") == 1


@pytest.mark.parametrize("system", TABLES)
def test_what_a_source_says_again_after_something_else_lands_again(house, system):
    house.settle(system)
    first = house.pages(system)

    house.change(system)
    changed = ingest(system)
    second = house.pages(system)
    house.change_back(system)
    back = ingest(system)
    third = house.pages(system)
    still = ingest(system)

    assert (changed.pages > 0, back.pages > 0) == (True, True)
    assert len(first) < len(second) < len(third)
    if system != "ethereum":  # whose answers name their job
        assert third[-1] == first[-1] != second[-1]
    assert (still.pages, house.pages(system)) == (0, third)


@pytest.mark.parametrize("system", TABLES)
def test_what_does_not_stand_any_more_lands_again(house, system):
    house.settle(system)
    house.database.query(f"delete from raw.{TABLES[system]}", role="loader")  # noqa: S608
    touch(house.folder)

    assert ingest(system).pages
    assert len(house.pages(system)) > 0


@pytest.mark.parametrize("system", TABLES)
def test_after_the_database_was_put_back_what_it_lacks_lands(house, system):
    house.settle(system)
    first = house.pages(system)
    with closing(
        psycopg2.connect(house.database.urls["admin"], dbname="postgres")
    ) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("create database early template test")
            house.change(system)
            ingest(system)
            cursor.execute("drop database test with (force)")
            cursor.execute("create database test template early")
            cursor.execute("drop database early")
        provision(db, "test")
    assert house.pages(system) == first
    touch(house.folder)

    lacking, again = ingest(system), ingest(system)

    assert (lacking.pages > 0, again.pages) == (True, 0)


@pytest.mark.parametrize("system", TABLES)
def test_a_lost_working_directory_lands_nothing_twice(house, system):
    house.settle(system)
    pages = house.pages(system)
    shutil.rmtree(house.database.folder / "dlt_data_dir")
    touch(house.folder)

    report = ingest(system)

    assert (report.pages, report.unchanged > 0) == (0, True)
    assert house.pages(system) == pages


@pytest.mark.parametrize("system", TABLES)
def test_killed_before_it_noted_a_run_leaves_what_stands_alone(
    house, system, monkeypatch
):
    house.settle(system)
    pages, loads, noted = house.pages(system), house.loads(), house.notes(system)
    touch(house.folder)
    with monkeypatch.context() as killed:
        killed.setattr(notes, "leave", _killed)
        with pytest.raises(KeyboardInterrupt):
            ingest(system)
    assert house.notes(system) == noted

    ingest(system)

    assert (house.pages(system), house.loads()) == (pages, loads)
    assert {outcome for outcome, _ in house.notes(system)[len(noted) :]} == {
        "unchanged"
    }


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("system", TABLES)
def test_killed_before_its_load_a_page_lands_once_and_then_stands(house, system, begin):
    house.settle(system)
    pages = house.pages(system)
    house.change(system)
    assert begin(system, before=DIES).end()[0] == -9
    touch(house.folder)

    code, output = begin(system).end()

    assert code == 0, output
    landed = house.pages(system)
    assert len(landed) > len(pages)
    assert " unchanged" in output
    assert (ingest(system).pages, house.pages(system)) == (0, landed)


@pytest.mark.parametrize("system", TABLES)
def test_of_two_runs_at_once_one_lands_what_is_new(house, system, begin):
    house.settle(system)
    house.change(system)
    runs = [begin(system), begin(system)]

    ends = [run.end() for run in runs]

    assert [code for code, _ in ends] == [0, 0], ends
    # the second finds what the first landed, and a file's time unmoved
    landed = [" 0 pages" not in output.splitlines()[-1] for _, output in ends]
    assert sorted(landed) == [False, True], ends


@pytest.mark.parametrize("system", ["binance", "plant", "ethereum", "loans"])
def test_what_a_backfill_landed_makes_the_next_run_land_anew(house, system):
    """Of two requests for one thing the later counts, so the first must tell again."""
    house.settle(system)
    house.change(system)
    midnight = house.now.replace(hour=0, minute=0, second=0)
    hour = house.now.replace(minute=0, second=0)
    ingest(system, Window(midnight - timedelta(days=1), hour))
    pages = house.pages(system)
    house.change_back(system)

    report = ingest(system)

    assert report.pages
    assert len(house.pages(system)) > len(pages)


def test_a_candle_that_closed_lands_though_the_body_is_the_same(house, landed):
    house.settle("binance")
    body = house.sandbox.truth("BTCUSDT")[-10:]
    house.now += timedelta(minutes=1)
    house.freeze()
    house.sandbox.refuse(body=body)

    report = ingest("binance")

    assert report.pages == 1


def test_a_day_that_is_over_lands_though_the_body_is_the_same(
    house, database, monkeypatch
):
    """It tells that the plant has nothing more, which before it did not."""
    house.sandbox.refuse("plant", times=None, body=[])
    house.settle("plant")
    assert ingest("plant").pages == 0
    house.now += timedelta(days=1)
    house.freeze()

    report = ingest("plant")

    assert report.pages > 0
    assert ingest("plant").pages == 0


def test_an_answer_of_several_pages_lands_whole_or_not_at_all(house, database):
    house.settle("ethereum")
    first = len(house.pages("ethereum"))
    house.change("ethereum")  # its last transfer

    ingest("ethereum")

    pages = database.query(
        "select request::jsonb ->> 'job', count(*), "
        "max(payload::jsonb ->> 'totalRows'), "
        "sum(jsonb_array_length(payload::jsonb -> 'rows'))::text "
        "from raw.ethereum__token_transfers group by 1 order by max(fetched_at)"
    )
    assert sum(count for _, count, _, _ in pages) == first + pages[-1][1]
    assert pages[-1][1] > 1
    assert all(announced == came for _, _, announced, came in pages)


def test_a_key_that_fails_is_noted_by_a_load_beside_what_stands(house):
    house.settle("plant")
    loads = house.loads()
    house.sandbox.refuse("plant", status=404, match="T02")
    os.environ["SOURCES__PLANT__TURBINES"] = '["T01", "T02"]'

    report = ingest("plant")

    assert (report.pages, len(report.bad), len(report.loads)) == (0, 1, 1)
    assert house.loads() == loads + 1
    assert sorted(house.notes("plant")[-2:]) == [("refused", 0), ("unchanged", 0)]


def test_on_days_without_rates_the_history_is_not_asked_for(house, monkeypatch):
    """The newest file stands over a weekend, and each asking for it counts."""
    house.sandbox.at(None)
    for _ in range(2):
        ingest("ecb")
    time.sleep(5)
    ingest("ecb")
    [(stands_since,)] = house.database.query(
        "select max(asked_to) from raw.ecb__fetches where outcome = 'ok'"
    )
    said_again_after = notes.unchanged_to("ecb", "EUR") - stands_since
    monkeypatch.setattr(ecb, "LONGEST_BREAK", said_again_after * 0.9)

    ingest("ecb")

    asked = [entry["path"] for entry in house.sandbox.requests("ecb")]
    assert asked.count("/ecb/eurofxref-hist.zip") == 1
    assert len(asked) == 4
