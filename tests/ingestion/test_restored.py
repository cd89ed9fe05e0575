"""After the database was put back to an earlier day, the next run fetches the rest.

dlt's files on this machine are newer then, and by them nothing would be asked again.
"""

import shutil
import threading
from contextlib import closing
from decimal import Decimal

import psycopg2
import pytest

import warehouse
from ingestion import landing
from ingestion.ingest import ingest, run_of, source_of
from tests.support.stand_in import milliseconds
from warehouse import dlt_state, locks, provision
from warehouse.__main__ import main
from warehouse.doctor import examine

HOURLY = ("-s", "+fct_candles_1h", "stg_binance__klines__rejected", "stg_fetches")
LATER = "2024-03-05T14:00:30Z"
STAGED = """
select extract(epoch from opened_at) * 1000, open_price, close_price, base_volume
from staging.stg_binance__klines
order by 1
"""
HOURS = """
select extract(epoch from opened_at) * 1000, open_price, high_price, low_price,
    close_price, base_volume, minute_count
from marts.fct_candles_1h
order by 1
"""


def lose(database):
    """Lose the data directory's contents, and have an empty warehouse instead."""
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("drop database test with (force)")
        provision(admin, "test")


def put_back(database, copy):
    """Put the database back to a copy, as by a snapshot of the disk."""
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("drop database test with (force)")
            cursor.execute(f"create database test template {copy}")
            cursor.execute(f"drop database {copy}")
        provision(admin, "test")


@pytest.fixture
def early(sandbox, database):
    """Land until noon and copy the database; then land until two o'clock."""
    ingest("binance")
    with closing(psycopg2.connect(database.urls["admin"], dbname="postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute("create database early template test")
    sandbox.at(LATER)
    ingest("binance")
    return "early"


def hours(klines):
    """Return the hourly candles of the API's own rows, in plain Python."""
    found = {}
    for opened_at, *prices in klines:
        found.setdefault(opened_at - opened_at % 3_600_000, []).append(
            [Decimal(price) for price in prices[:5]]
        )
    return [
        (
            hour,
            rows[0][0],
            max(row[1] for row in rows),
            min(row[2] for row in rows),
            rows[-1][3],
            sum(row[4] for row in rows),
            len(rows),
        )
        for hour, rows in sorted(found.items())
    ]


def test_a_backup_older_than_dlts_state_is_made_up_for_and_the_marts_are_the_truth(
    sandbox, database, dbt, tmp_path
):
    file = str(tmp_path / "backup")
    ingest("binance")
    dbt("run", *HOURLY)
    assert main(["backup", file]) == 0
    sandbox.at(LATER)
    ingest("binance")
    dbt("run", *HOURLY)
    lose(database)

    assert main(["restore", file]) == 0
    ingest("binance")
    dbt("run", *HOURLY)

    closed = sandbox.truth("BTCUSDT", "2024-03-04", "2024-03-05T14:00")
    assert database.query(STAGED) == [
        (row[0], Decimal(row[1]), Decimal(row[4]), Decimal(row[5])) for row in closed
    ]
    assert database.query(HOURS) == hours(closed)
    # the stand-ins' clock is of another year than ours
    assert [what for what, _ in examine(print) if "clock" not in what] == []


def test_without_our_restore_the_run_asks_on_from_the_databases_cursor_too(
    sandbox, database, landed, early, caplog
):
    put_back(database, early)
    asked = len(sandbox.requests())

    ingest("binance")

    assert set(landed.minutes()) == set(sandbox.minutes("BTCUSDT", "2024-03-04"))
    assert "asking on from the database's cursors" in caplog.text
    started = int(sandbox.requests()[asked]["query"]["startTime"])
    assert started == milliseconds("2024-03-05T12:01") - 10 * 60_000


def test_what_a_killed_run_left_behind_does_not_hide_what_is_missing(
    sandbox, database, landed, early
):
    sandbox.at("2024-03-05T16:00:30Z")
    run = run_of("binance", None, only_gaps=False)
    landing.pipeline("binance").extract(
        source_of(run, {}), loader_file_format="parquet"
    )
    assert len(dlt_state.pending("binance")) == 1
    put_back(database, early)

    ingest("binance")

    assert set(landed.minutes()) == set(sandbox.minutes("BTCUSDT", "2024-03-04"))


def test_a_backup_from_before_the_first_load_has_everything_fetched_again(
    sandbox, database, landed
):
    ingest("binance")
    lose(database)

    ingest("binance")

    assert set(landed.minutes()) == set(sandbox.minutes("BTCUSDT", "2024-03-04"))


def test_dlts_files_are_kept_while_the_database_has_all_that_they_know(
    sandbox, database, caplog
):
    for hour in range(12, 16):
        sandbox.at(f"2024-03-05T{hour}:00:30Z")
        ingest("binance")
        with closing(warehouse.connect("loader")) as held:
            assert not dlt_state.is_ahead(held, "binance")
    shutil.rmtree(database.folder / "dlt_data_dir" / "pipelines")
    for _ in range(2):
        ingest("binance")
        with closing(warehouse.connect("loader")) as held:
            assert not dlt_state.is_ahead(held, "binance")

    assert "database's cursors" not in caplog.text


def test_an_ingestion_waits_for_a_restore_and_says_so(sandbox, database, begin):
    with locks.exclusive(print):
        command = begin("binance", "--from", "2024-03-05T10:00")
        said = []
        reading = threading.Thread(
            target=lambda: said.extend(iter(command.process.stdout.readline, ""))
        )
        reading.start()
        reading.join(5)
        assert [line for line in said if "binance: waiting for restore, pid" in line]
        assert sandbox.requests() == []
    reading.join(60)

    assert command.process.wait() == 0
    assert sandbox.requests()
