"""`make run` and `make stop` as a new user has them, in a folder of their own."""

import json
import os
import re
import subprocess
import sys
import time

import psutil
import pytest

import warehouse

SUMS = (
    *("warehouse", "psql", "--role", "reader", "-c"),
    "select count(*), sum(close_price), (select count(*) from marts.fct_loads) "
    "from marts.fct_candles_4h",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give the WAREHOUSE_DIR of the house."""
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(folder):
    """Return what runs a command of the house on a warehouse of its own."""
    astray = {
        "PGHOST": "192.0.2.1",
        "PGPASSWORD": "wrong",
        "DBT_PROFILES_DIR": "/nowhere",
        "DBT_TARGET": "prod",
    }
    environment = {**os.environ, **astray, "WAREHOUSE_DIR": str(folder)}
    environment = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("SOURCES__", "LOADER_", "READER_", "DLT_", "DAGSTER_"))
        and name != "WAREHOUSE"
    }

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", *words],
            cwd=warehouse.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )

    yield run
    run("orchestration", "stop")
    run("warehouse", "reset", "--yes")


@pytest.fixture(scope="module")
def told(house):
    """Give what the first run printed."""
    done = house("orchestration", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_run_tells_in_order_what_it_did(told):
    landmarks = [
        "Writing to embedded PostgreSQL",
        "Landed binance: 2 pages, 1,440 candles",
        "(ADAUSDT recorded)",
        "BTCUSDT generated",
        "Landed ecb: 1 pages",
        "Landed loans: 4 pages",
        "Landed plant: ",
        "Landed xe: 1 pages, 7 rates",
        "Built ",
        "Newest hourly candles",
        "Newest whole 10 minutes of each turbine",
        "Newest rates of the US dollar",
        "Loans most in arrears",
        "python -m warehouse psql --role reader",
        "dagster dev",
    ]

    assert [told.find(text) for text in landmarks] == sorted(
        told.index(text) for text in landmarks
    )
    assert re.search(r"\d+ tests passed, 0 warned, 0 failed", told)


def test_what_it_printed_is_no_terminals_control_characters(told):
    assert "\x1b" not in told


def test_a_second_run_lands_only_what_is_new(told, house):
    done = house("orchestration", "run")

    assert done.returncode == 0, done.stdout + done.stderr
    (records,) = re.findall(r"Landed binance: 3 pages, (\d+) candles", done.stdout)
    assert int(records) < 3 * 15
    assert "(ADAUSDT recorded)" not in done.stdout


@pytest.mark.long
def test_an_earlier_releases_tables_are_carried_over_and_lose_nothing(
    told, house, folder
):
    before = house(*SUMS).stdout
    older = (
        "alter table marts.fct_candles_4h drop close_price; "
        "alter table staging.stg_loads add colour text; "
        "alter table marts.fct_candles_1d alter vwap_price set not null"
    )
    assert house("warehouse", "psql", "-c", older).returncode == 0
    (folder / "contracts").unlink()

    carried = house("orchestration", "upgrade")

    assert carried.returncode == 0, carried.stdout + carried.stderr
    assert "Made anew: fct_candles_4h" in carried.stdout
    assert "Altered: stg_loads" in carried.stdout
    assert house(*SUMS).stdout == before


def test_a_mart_that_fails_its_test_is_told_and_fails_the_run(told, house):
    wrong = "update marts.fct_candles_1h set close_price = 1, changed_in = 10 ^ 6"
    house("warehouse", "psql", "-c", wrong)
    house("warehouse", "psql", "-c", "update ops.versions set version = 10 ^ 6")

    done = house("orchestration", "run")

    assert done.returncode == 1
    assert "failed: marts/fct_candles_1h equals_its_minutes" in done.stdout


def test_stop_leaves_nothing_running(told, house, folder):
    known = json.loads((folder / "sandbox.json").read_text())
    stand_ins = psutil.Process(known["pid"])

    done = house("orchestration", "stop")

    assert done.returncode == 0
    assert house("warehouse", "status").returncode == 3
    time.sleep(0.2)
    assert not stand_ins.is_running() or stand_ins.status() == psutil.STATUS_ZOMBIE
