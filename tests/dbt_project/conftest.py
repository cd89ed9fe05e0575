"""Raw tables filled without dlt, two dbt projects, and databases built before."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.database import Database, kept
from tests.support.dbt import LEDGER_PROJECT, run_dbt
from tests.support.klines import BUILT_UNTIL, CANDLES, MONDAY, SYMBOLS, pages
from tests.support.loan_book import BOOK
from tests.support.loan_files import LOANS, files_of, land
from tests.support.ranking_minutes import GONE, MINUTES
from tests.support.ranking_minutes import land as land_rankings
from tests.support.rankings import MODELS as RANKINGS
from tests.support.raw import Raw
from tests.support.tables import Tables
from tests.support.things import Things
from warehouse import ROOT

SELECTING = {"-s", "--select", "--exclude"}
READ = """
select
    schemaname || '.' || stats.relname,
    pg_class.reltuples,
    seq_tup_read,
    coalesce(idx_tup_fetch, 0)
from pg_stat_user_tables as stats
inner join pg_class on pg_class.oid = stats.relid
where schemaname in ('raw', 'staging', 'intermediate', 'marts')
"""


@pytest.fixture(scope="session", autouse=True)
def in_process_dbt(quick_dbt) -> None:
    """Spare it also where dbt is run by other means than the fixture `dbt`."""


@pytest.fixture
def dbt(dbt) -> Callable[..., list]:
    """Return what runs dbt for the database, without unit tests.

    On the candles and what they read, unless it is told what to select.
    """

    def run(command: str, *words: str, **options: bool) -> list:
        if command == "build":
            words = (*words, "--exclude-resource-type", "unit_test")
        if command in ("build", "run", "test") and not SELECTING & set(words):
            words = (*words, "--select", CANDLES)
        return dbt(command, *words, **options)

    return run


@pytest.fixture
def tables(database) -> Tables:
    return Tables(database)


@pytest.fixture
def raw(database) -> Raw:
    return Raw(database)


@pytest.fixture
def built(database, dbt) -> Raw:
    """Return 26 hours of two symbols from a Monday on, landed and built."""
    kept(database, "built", lambda: _build(database, dbt))
    raw = Raw(database)
    raw.next_id()
    return raw


def _build(database: Database, dbt: Callable) -> None:
    Raw(database).land(
        [made for symbol in SYMBOLS for made in pages(symbol, MONDAY, BUILT_UNTIL)]
    )
    dbt("build")


@pytest.fixture
def book(database, dbt) -> Raw:
    """Return the random loan book with the worked example in it, landed and built."""
    kept(database, "loan_book", lambda: _build_book(database, dbt))
    raw = Raw(database)
    raw.next_id()
    return raw


def _build_book(database: Database, dbt: Callable) -> None:
    land(Raw(database), files_of(BOOK))
    dbt("build", *LOANS)


@pytest.fixture
def coins(database, dbt) -> Raw:
    """Return seven of eight minutes of rankings, landed and built."""
    kept(database, "coins", lambda: _build_coins(database, dbt))
    raw = Raw(database)
    for _ in MINUTES * 2:
        raw.next_id()
    return raw


def _build_coins(database: Database, dbt: Callable) -> None:
    land_rankings(Raw(database), *[minute for minute in MINUTES if minute != GONE])
    dbt("build", *RANKINGS)


@pytest.fixture
def read(database, dbt):
    """Return what builds, and returns the rows it read from each table and how."""

    def read(*words):
        before = counters(database)
        dbt("build", *words)
        return {
            name: (rows, scanned - before[name][1], fetched - before[name][2])
            for name, (rows, scanned, fetched) in counters(database).items()
        }

    return read


def counters(database):
    """Wait for the sessions to end, which is when they report what they read."""
    while database.query(
        "select 1 from pg_stat_activity where application_name = 'dbt'"
    ):
        time.sleep(0.05)
    time.sleep(0.1)
    return {name: numbers for name, *numbers in database.query(READ)}


@pytest.fixture(scope="session")
def ledger_target(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("ledger")


@pytest.fixture
def ledger(database, ledger_target) -> Callable[..., dict[str, str]]:
    """Return what runs dbt on the small project and returns what each model said."""
    return lambda *words: run_dbt(LEDGER_PROJECT, ledger_target, *words)


@pytest.fixture
def things(database, ledger) -> Things:
    """Return the small project's raw table, with three things built."""
    kept(database, "things", lambda: _build_things(database, ledger))
    return Things(database)


def _build_things(database: Database, ledger: Callable) -> None:
    Things(database).land({"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8})
    assert set(ledger("run").values()) == {"success"}


@pytest.fixture
def rules(sandbox, database, environment, parses, tmp_path):
    """Return a copy of the project that landed and built a day of every system."""
    from tests.support.rules import Rules, land_a_day

    rules = Rules(database, tmp_path)
    parses.lend(tmp_path / "target")
    shutil.copytree(ROOT / "sandbox" / "loans", tmp_path / "loans")
    sandbox.at("2024-05-29T12:00:30Z")
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    environment["SOURCES__PLANT__TURBINES"] = '["T01"]'
    environment["SOURCES__LOANS__FOLDER"] = str(tmp_path / "loans")
    sandbox.lists("BTCUSDT", "ETHUSDT")

    def fill() -> None:
        land_a_day()
        rules.build()

    kept(database, "rules", fill)
    return rules
