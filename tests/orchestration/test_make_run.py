"""`make run` and `make stop` as a new user has them, in a folder of their own."""

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
import time

import psutil
import pytest
import requests

import warehouse

SUMS = (
    *("warehouse", "psql", "--role", "reader", "-c"),
    "select count(*), sum(close_price), (select count(*) from marts.fct_loads) "
    "from marts.fct_candles_4h",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the WAREHOUSE_DIR of the house."""
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def surroundings(folder):
    """Return the environment of the house's commands."""
    astray = {
        "PGHOST": "192.0.2.1",
        "PGPASSWORD": "wrong",
        "DBT_PROFILES_DIR": "/nowhere",
        "DBT_TARGET": "prod",
    }
    environment = {**os.environ, **astray, "WAREHOUSE_DIR": str(folder)}
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("SOURCES__", "LOADER_", "READER_", "DLT_", "DAGSTER_"))
        and name != "WAREHOUSE"
    }


@pytest.fixture(scope="module")
def on_a_terminal(surroundings):
    """Return what runs a command on a terminal so wide: its exit code, and the text."""

    def run(columns: int, *words: str) -> tuple[int, str]:
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        with subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", *words],
            cwd=warehouse.ROOT,
            env={**surroundings, "TERM": "xterm"},
            stdout=theirs,
        ) as process:
            os.close(theirs)
            said = b""
            while part := _read(ours):
                said += part
        os.close(ours)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", said.decode())
        return process.returncode, text

    return run


def _read(terminal: int) -> bytes:
    """Read from a terminal, nothing once nobody writes to it."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.fixture(scope="module")
def house(surroundings):
    """Return what runs a command of the house on a warehouse of its own."""

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", *words],
            cwd=warehouse.ROOT,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )

    yield run
    run("orchestration", "stop")
    run("warehouse", "reset", "--yes")


@pytest.fixture(scope="module")
def first_output(house):
    """Return what the first run printed."""
    done = house("orchestration", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_run_tells_in_order_what_it_did(first_output):
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

    assert [first_output.find(text) for text in landmarks] == sorted(
        first_output.index(text) for text in landmarks
    )
    assert re.search(r"\d+ tests passed, 0 warned, 0 failed", first_output)


def test_what_a_build_has_to_do_is_told_by_a_command(first_output, house):
    nothing = house("warehouse", "pending")
    dated = house("warehouse", "pending", "--vars", "{loans_as_of: 2023-06-30}")

    assert nothing.stdout == "Nothing is pending: a build has nothing to do.\n"
    assert "int_loans__dated was not built as its SQL, YAML and variables" in (
        dated.stdout
    )
    assert "fct_candles_1h" not in dated.stdout
    assert (nothing.returncode, dated.returncode) == (0, 0)


def test_the_last_line_is_the_address_of_the_boards(first_output):
    *_, last = first_output.splitlines()

    assert re.fullmatch(r"Boards: http://127\.0\.0\.1:\d+/boards", last)
    page = requests.get(last.removeprefix("Boards: "), timeout=60)
    assert page.status_code == 200
    assert "/boards/health" in page.text


def test_what_it_printed_is_no_terminals_control_characters(first_output):
    assert "\x1b" not in first_output


@pytest.fixture(scope="module")
def second_output(first_output, on_a_terminal):
    """Return what a second run printed on a terminal of 80 columns."""
    code, said = on_a_terminal(80, "orchestration", "run")
    assert code == 0, said
    return said


def test_a_second_run_lands_only_what_is_new(second_output):
    (records,) = re.findall(r"Landed binance: 3 pages, (\d+) candles", second_output)
    assert int(records) < 3 * 15
    assert "(ADAUSDT recorded)" not in second_output


def test_a_narrow_terminal_shows_fewer_columns_and_cuts_no_number(second_output):
    tables = second_output[second_output.index("Newest hourly candles") :]
    tables = tables[: tables.index("Next, from here")]

    assert "\u2026" not in tables
    assert max(map(len, tables.splitlines())) <= 80
    for heading in ("symbol", "close", "USD", "turbine", "mean", "for one USD"):
        assert heading in tables
    assert "trades" not in tables


def test_a_build_that_fails_says_why_and_shows_no_tables(first_output, house):
    rename = "alter table marts.fct_candles_1h rename column {} to {}"
    house("warehouse", "psql", "-c", rename.format("close_price", "final_price"))

    done = house("orchestration", "run")

    house("warehouse", "psql", "-c", rename.format("final_price", "close_price"))
    assert done.returncode == 1
    after = done.stdout[done.stdout.index("Built 0 models") :]
    assert "marts.fct_candles_1h lacks close_price" in after
    assert "Not all was built: the marts may hold what earlier builds left." in after
    assert len(after.splitlines()) < 12
    assert "Traceback" not in done.stdout + done.stderr
    assert "Newest hourly candles" not in done.stdout


@pytest.mark.long
def test_an_earlier_releases_tables_are_carried_over_and_lose_nothing(
    first_output, house, folder
):
    before = house(*SUMS).stdout
    older = (
        "alter table marts.fct_candles_4h drop close_price; "
        "alter table staging.stg_loads add colour text; "
        "alter table marts.fct_candles_1d alter close_price drop not null"
    )
    assert house("warehouse", "psql", "-c", older).returncode == 0
    (folder / "contracts").unlink()

    carried = house("orchestration", "upgrade")

    assert carried.returncode == 0, carried.stdout + carried.stderr
    assert "Made anew: fct_candles_1d, fct_candles_4h" in carried.stdout
    assert "Altered: stg_loads" in carried.stdout
    assert house(*SUMS).stdout == before


def test_a_mart_that_fails_its_test_is_told_and_fails_the_run(first_output, house):
    wrong = "update marts.fct_candles_1h set close_price = 1, changed_in = 10 ^ 6"
    house("warehouse", "psql", "-c", wrong)
    house("warehouse", "psql", "-c", "update ops.versions set version = 10 ^ 6")

    done = house("orchestration", "run")

    assert done.returncode == 1
    assert "failed: marts/fct_candles_1h equals_its_minutes" in done.stdout


def test_stop_leaves_nothing_running(first_output, house, folder):
    known = json.loads((folder / "sandbox.json").read_text())
    stand_ins = psutil.Process(known["pid"])

    done = house("orchestration", "stop")

    assert done.returncode == 0
    assert house("warehouse", "status").returncode == 3
    time.sleep(0.2)
    assert not stand_ins.is_running() or stand_ins.status() == psutil.STATUS_ZOMBIE
