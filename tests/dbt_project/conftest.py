"""Raw tables filled without dlt, two dbt projects, and databases built before."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psycopg2
import pytest
from psycopg2.extensions import cursor

from tests.conftest import Database
from tests.support.klines import DAY, HOUR, MONDAY, pages
from tests.support.loan_book import BOOK
from tests.support.loan_files import files_of, land
from tests.support.ranking_minutes import GONE, MINUTES
from tests.support.ranking_minutes import land as land_rankings
from tests.support.rankings import MODELS as RANKINGS
from tests.support.raw import Raw
from tests.support.things import Things
from warehouse import ROOT, provision

LEDGER_PROJECT = Path(__file__).parent / "ledger_project"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
SELECTING = {"-s", "--select", "--exclude"}
BUILT_UNTIL = MONDAY + DAY + 2 * HOUR
CANDLES = "+fct_candles_1w stg_binance__klines__rejected"
GRAINS = ("5m", "15m", "1h", "4h", "1d", "1w")
LOANS = ("-s", "stg_loans__*+", "--exclude", "marts.quality")
MARTS = tuple(f"marts.fct_candles_{grain}" for grain in GRAINS)
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


@dataclass(frozen=True)
class Tables:
    """The tables of a database, as rows and as what lies on the disk."""

    database: Database

    def names(self) -> list[str]:
        """Give all tables that dbt and the ledger write."""
        return [
            name
            for (name,) in self.database.query(
                "select schemaname || '.' || tablename from pg_tables "
                "where schemaname in ('staging', 'marts', 'ops') order by 1"
            )
        ]

    def places(self, table: str) -> set[tuple[str, str]]:
        """Give each row's place and writer: a written row has another."""
        sql = f"select ctid::text, xmin::text from {table}"  # noqa: S608 - a table of ours
        return set(self.database.query(sql))

    def all_places(self) -> dict[str, set]:
        """Give the places of the rows of all tables but the ledger's counters."""
        counters = ("ops.versions", "ops.reads")
        return {
            name: self.places(name) for name in self.names() if name not in counters
        }

    def rows(self, table: str, *without: str) -> dict[tuple, dict]:
        """Give the rows by symbol and opening, without some columns."""
        return {
            (row["symbol"], row["opened_at"]): {
                name: value for name, value in row.items() if name not in without
            }
            for row in self.records(f"select * from {table}")  # noqa: S608 - a table of ours
        }

    def records(self, sql: str) -> list[dict]:
        """Give a query's rows as dictionaries, numbers exact."""
        with (
            closing(psycopg2.connect(self.database.urls["transformer"])) as held,
            held.cursor() as asking,
        ):
            asking.execute(sql)
            names = [column.name for column in asking.description]
            return [dict(zip(names, row, strict=True)) for row in asking.fetchall()]

    def marts(self) -> dict[str, dict]:
        """Give the six marts as text, but for when and by which build they came."""
        sql = (
            "select symbol, opened_at, "
            "(to_jsonb(candle) - 'updated_at' - 'changed_in')::text from {} as candle"
        )
        return {
            mart: {
                (symbol, opened_at): text
                for symbol, opened_at, text in self.database.query(sql.format(mart))
            }
            for mart in MARTS
        }


@pytest.fixture(scope="session", autouse=True)
def quick_dbt() -> Iterator[None]:
    """Spare dbt what it does in each run, and nobody here reads.

    It searches all modules for the name of a flag's source, which takes longer with
    each run of a process, since dbt-adapters notes one more flag a run; all that can be
    imported for plugins; and writes a summary of the graph.
    """
    from dbt.compilation import Linker
    from dbt.plugins import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered

    source = staticmethod(lambda: "dbt")
    plugins = PluginManager.get_prefixed_modules()
    with (
        patch.object(BehaviorFlagRendered, "_default_source", source),
        patch.object(PluginManager, "get_prefixed_modules", lambda: plugins),
        patch.object(Linker, "get_graph_summary", lambda *_: {}),
    ):
        yield


@pytest.fixture
def dbt(dbt) -> Callable[..., list]:
    """Return what runs dbt for the database, without manifests and unit tests.

    On the candles and what they read, unless it is told what to select.
    """

    def run(command: str, *words: str, **options: bool) -> list:
        if command == "build":
            words = (*words, "--exclude-resource-type", "unit_test")
        if command in ("build", "run", "test") and not SELECTING & set(words):
            words = (*words, "--select", CANDLES)
        return dbt(command, *words, "--no-write-json", **options)

    return run


@pytest.fixture
def tables(database) -> Tables:
    return Tables(database)


@pytest.fixture
def raw(database) -> Raw:
    return Raw(database)


@contextmanager
def admin_of(database: Database) -> Iterator[cursor]:
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as asking:
            yield asking


def kept(database: Database, name: str, make: Callable[[], object]) -> None:
    """Fill the database as `make` does, from a copy after the first time."""
    with admin_of(database) as admin:
        admin.execute("select 1 from pg_database where datname = %s", (name,))
        if not admin.fetchone():
            make()
            admin.execute(f"create database {name} template test strategy file_copy")
            return
        admin.execute("drop database test with (force)")
        admin.execute(f"create database test template {name} strategy file_copy")
        provision(admin.connection, "test")


@pytest.fixture
def built(database, dbt) -> Raw:
    """Give 26 hours of two symbols from a Monday on, landed and built."""
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
    """Give the random loan book with the worked example in it, landed and built."""
    kept(database, "loan_book", lambda: _build_book(database, dbt))
    raw = Raw(database)
    raw.next_id()
    return raw


def _build_book(database: Database, dbt: Callable) -> None:
    land(Raw(database), files_of(BOOK))
    dbt("build", *LOANS)


@pytest.fixture
def coins(database, dbt) -> Raw:
    """Give seven of eight minutes of rankings, landed and built."""
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
    """Return what builds, and gives the rows it read from each table and how."""

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
    """Return what runs dbt on the small project and gives what each model said."""
    return lambda *words: run_dbt(LEDGER_PROJECT, ledger_target, *words)


def run_dbt(project: Path, target: Path, *words: str) -> dict[str, str]:
    """Run dbt in this process; give each model's status, with an error's message."""
    done = invoke(project, target, *words)
    if done.result is None:
        pytest.fail(f"dbt {' '.join(words)}: {done.exception}")
    return {
        result.node.name: " ".join(filter(None, [result.status, _error(result)]))
        for result in done.result.results
        if result.node.resource_type != "operation"
    }


def invoke(project: Path, target: Path, *words: str, callbacks: tuple = ()) -> object:
    """Run dbt in this process; give what dbt gives, and its events to callbacks."""
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": project,
        "--profiles-dir": ROOT,
        "--target-path": target,
        "--log-path": target,
    }
    options = [str(word) for place in places.items() for word in place]
    runner = dbtRunner(callbacks=list(callbacks))
    return runner.invoke([*words, *options, "--quiet", "--no-write-json"])


def _error(result: object) -> str:
    return result.message if result.status == "error" else ""


@pytest.fixture
def things(database, ledger) -> Things:
    """Give the small project's raw table, with three things built."""
    kept(database, "things", lambda: _build_things(database, ledger))
    return Things(database)


def _build_things(database: Database, ledger: Callable) -> None:
    Things(database).land({"a1x": 1, "a1y": 2, "a2x": 4, "b1x": 8})
    assert set(ledger("run").values()) == {"success"}


@pytest.fixture
def rules(sandbox, database, environment, tmp_path):
    """Give a copy of the project, with a day of every system landed and built by it."""
    from tests.support.rules import Rules, land_a_day

    rules = Rules(database, tmp_path)
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
