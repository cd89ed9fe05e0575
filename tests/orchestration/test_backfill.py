"""A backfill lands and builds chunk by chunk, and goes on where it was killed."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from warehouse import ROOT

SPAN = ("2024-02-01", "2024-02-08")
PAGES = 11  # of 1,000 minutes, in seven days
CHUNK = 2
KILLS = 3
BUILT = "Built all that reads it"
MAIN = f"""
import ingestion.keys
from orchestration.__main__ import main

ingestion.keys.CHUNK_PAGES = {CHUNK}
raise SystemExit(main())
"""


@pytest.fixture
def begin(database, sandbox, parses):
    """Return what begins the command in a group of its own; none is left at the end."""
    begun = []
    parses.lend(database.folder / "backfill" / "binance")

    def begin(*words: str) -> subprocess.Popen:
        said = words or ("binance", "--from", SPAN[0], "--to", SPAN[1])
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", MAIN, "backfill", *said],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        kill(process)
        process.stdout.close()


def kill(process):
    """Kill the command and its dbt; say whether it was still at work."""
    was_at_work = process.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return was_at_work


def staged(database):
    """Return the minutes that candles were built of."""
    return database.query(
        "select (extract(epoch from opened_at) * 1000)::bigint "
        "from staging.stg_binance__klines order by 1"
    )


def test_a_backfill_killed_at_any_moment_goes_on_and_leaves_what_one_run_would(
    sandbox, database, begin
):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    seconds, kills = 30.0, 0
    for _ in range(KILLS):
        process, began = begin(), time.monotonic()
        moment = began + chance.uniform(3, seconds)
        while time.monotonic() < moment and process.poll() is None:
            time.sleep(0.05)
        # one that has said so may have forgotten what it asked, as at its end
        kills += kill(process) and BUILT not in process.stdout.read()
        print(f"kill after {time.monotonic() - began:.1f} s")

    process = begin()
    output = process.communicate(timeout=900)[0]

    assert process.returncode == 0, output
    assert "\r" not in output
    truth = [(minute,) for minute in sandbox.minutes("BTCUSDT", *SPAN)]
    assert staged(database) == truth
    assert len(sandbox.requests()) <= (PAGES + kills * CHUNK) * (KILLS + 1 - kills)
    days = "select sum(minute_count) from marts.fct_candles_1d"
    assert database.query(days) == [(len(truth),)]


@pytest.mark.parametrize(
    ("schema", "table"),
    [
        ("staging", "stg_binance__klines"),
        ("marts", "fct_candles_1w"),
        ("marts", "fct_coverage_1d"),
    ],
)
def test_a_backfill_whose_build_failed_says_so_and_asks_nothing_again(
    sandbox, database, begin, schema, table
):
    stands = f"create table {schema}.{table} (symbol integer)"
    database.query(stands, role="transformer")
    process = begin()
    output = process.communicate(timeout=900)[0]
    asked = len(sandbox.requests())

    assert process.returncode == 1, output
    assert table in output
    assert (
        "Repeat: python -m orchestration backfill binance "
        "--from 2024-02-01T00:00:00 --to 2024-02-08T00:00:00"
    ) in output
    assert (asked == PAGES) == (table == "fct_coverage_1d")

    database.query(f"drop table {schema}.{table}", role="transformer")
    process = begin()
    output = process.communicate(timeout=900)[0]

    assert process.returncode == 0, output
    assert len(sandbox.requests()) == PAGES
    assert len(staged(database)) == 7 * 1440


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("binance",), "--from"),
        (("nasdaq", "--from", "2024-01-01"), "no system 'nasdaq'"),
        (("coinmarketcap", "--from", "2024-01-01"), "only serves current data"),
        (("binance", "--from", "2024-02-02", "--to", "2024-02-01"), "is empty"),
    ],
)
def test_a_wrong_call_says_why_and_starts_nothing(sandbox, begin, words, why):
    process = begin(*words)
    output = process.communicate(timeout=120)[0]

    assert process.returncode == 2
    assert why in output
    assert sandbox.requests() == []
