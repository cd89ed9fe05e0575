"""A killed run loses nothing and claims nothing; the next one goes on where it was."""

import random
import time
from datetime import datetime, timedelta

import pytest

SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
KILLS = 6
CHUNK = 6
PAGES = 31  # of 1,000 minutes, in 21 days
DIES = """
import os, signal
import dlt.extract.storage, dlt.common.storages.load_package
import dlt.common.storages.load_storage

owner = {owner}
done = owner.{step}

def die(*given, **named):
    if {is_after}:
        done(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)

owner.{step} = die
"""
EXTRACTS = "dlt.extract.storage.ExtractStorage"
PACKAGES = "dlt.common.storages.load_package.PackageStorage"
LOADS = "dlt.common.storages.load_storage.LoadStorage"
MOMENTS = {
    "extracted": (EXTRACTS, "commit_new_load_package", True),
    "normalized, still extracted": (LOADS, "commit_new_load_package", True),
    "a file loaded, not marked": (PACKAGES, "save_pending_transition", False),
    "a file marked, not moved": (PACKAGES, "complete_job", False),
    "noted, not marked": (LOADS, "complete_load_package", False),
    "marked, not moved": (PACKAGES, "complete_loading_package", True),
    "moved, not cleaned": (LOADS, "maybe_remove_completed_jobs", False),
}
"""The step of dlt beside which a run dies, by its owner, and whether after it."""


@pytest.fixture
def chance():
    """Return random numbers whose seed a failing test shows."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    return random.Random(seed)  # noqa: S311 - moments, no secrets


@pytest.fixture
def phase(sandbox, database):
    """Return what says how far a run has come."""

    def phase():
        [(table,)] = database.query("select to_regclass('raw._dlt_loads')::text")
        loads = table and database.query("select count(*) from raw._dlt_loads")[0][0]
        folder = database.folder / "dlt_data_dir" / "pipelines" / "binance"
        stages = ("normalize/extracted", "load/normalized")
        pending = {stage: len([*folder.glob(f"{stage}/*")]) for stage in stages}
        asked = len(sandbox.requests())
        return f"{asked} pages asked, {loads or 0} loads completed, pending {pending}"

    return phase


def wait_for_requests(sandbox, count):
    """Wait until the stand-in was asked so often."""
    deadline = time.monotonic() + 600
    while len(sandbox.requests()) < count:
        assert time.monotonic() < deadline, "it never asked"
        time.sleep(0.01)


def test_whenever_a_run_is_killed_the_next_one_has_everything(
    sandbox, database, landed, begin, chance, phase
):
    sandbox.lists(*SYMBOLS)
    clock = datetime.fromisoformat("2024-03-05T12:00:30+00:00")
    kills = 0
    while kills < KILLS:
        command = begin("binance")
        wait_for_requests(sandbox, len(sandbox.requests()) + 1)
        time.sleep(chance.uniform(0, 1.2))
        if command.kill():
            kills += 1
            print(f"kill {kills}: {phase()}")
        clock += timedelta(hours=8)
        sandbox.at(clock.isoformat())

    code, output = begin("binance").end()

    assert code == 0, output
    for symbol in SYMBOLS:
        newest = {row[0]: row for row in landed.rows(symbol)}
        truth = sandbox.truth(symbol, "2024-03-04")
        assert newest == {row[0]: row for row in truth}
    incomplete = database.query("""
        select count(*) from raw.binance__klines
        where _dlt_load_id not in (select load_id from raw._dlt_loads where status = 0)
    """)
    assert incomplete == [(0,)]


def test_a_killed_backfill_asks_at_most_one_chunk_again(
    sandbox, landed, begin, chance, phase
):
    span = ("2024-02-01", "2024-02-22")
    words = ("binance", "--from", span[0], "--to", span[1])
    command = begin(*words, chunk_pages=CHUNK)
    wait_for_requests(sandbox, chance.randrange(CHUNK + 1, PAGES - CHUNK))
    moment = time.monotonic() + chance.uniform(0, 1)
    # sooner where it is about to end: a fast one asks all the rest meanwhile
    while time.monotonic() < moment and len(sandbox.requests()) < PAGES - CHUNK:
        time.sleep(0.01)
    assert command.kill()
    print(f"kill: {phase()}")
    assert len(sandbox.requests()) < PAGES

    code, output = begin(*words, chunk_pages=CHUNK).end()

    assert code == 0, output
    assert PAGES <= len(sandbox.requests()) <= PAGES + CHUNK
    assert {row[0]: row for row in landed.rows()} == {
        row[0]: row for row in sandbox.truth("BTCUSDT", *span)
    }


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_between_two_steps_of_dlt_is_made_up_for_by_the_next(
    sandbox, database, landed, begin, moment
):
    owner, step, is_after = MOMENTS[moment]
    dies = DIES.format(owner=owner, step=step, is_after=is_after)
    code, output = begin("binance", before=dies).end()
    assert code == -9, output

    for _ in range(2):
        code, output = begin("binance").end()
        assert code == 0, output

    assert {row[0]: row for row in landed.rows()} == {
        row[0]: row for row in sandbox.truth("BTCUSDT", "2024-03-04")
    }
    loads = "select load_id from raw._dlt_loads group by 1 having count(*) > 1"
    assert database.query(loads) == []
    for table in ("binance__klines", "binance__fetches", "_dlt_pipeline_state"):
        every = f"select to_jsonb(landed)::text from raw.{table} as landed"  # noqa: S608
        rows = database.query(every)
        assert len(rows) == len(set(rows)), table
