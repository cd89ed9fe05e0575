"""A backfill goes over its span chunk by chunk, and on from where it was stopped."""

import pytest

from ingestion.ingest import ingest, plan
from ingestion.landing import pipeline
from ingestion.window import Window

DAYS = Window.between("2024-02-01", "2024-02-05")
SPAN = ("2024-02-01", "2024-02-05")
PAGES = 6  # of 1,000 minutes, in four days


class Stopped(Exception):  # noqa: N818 - it is no error
    """What ends a run after a chunk, as a kill would."""


@pytest.fixture
def chunks(monkeypatch):
    """Let a chunk be two pages."""
    monkeypatch.setattr("ingestion.keys.CHUNK_PAGES", 2)


def stop(_):
    """End a run after its first chunk."""
    raise Stopped


def open_backfills(database):
    """Return the spans that the newest state in Postgres says are not done."""
    pipeline("binance").sync_destination()
    state = pipeline("binance").state
    return list(
        state["sources"]["binance"]["resources"]["binance__klines"]["backfills"]
    )


def test_a_backfill_lands_every_minute_of_its_span_once(sandbox, landed, chunks):
    ingest("binance", DAYS)

    assert landed.rows() == sandbox.truth("BTCUSDT", *SPAN)
    assert len(sandbox.requests()) == PAGES


def test_a_chunk_is_a_load_of_its_own(sandbox, database, chunks):
    ingest("binance", DAYS)

    loads = database.query("""
        select count(*) from raw.binance__klines
        inner join raw._dlt_loads on load_id = _dlt_load_id and status = 0
        group by load_id order by load_id
    """)
    assert loads == [(2,), (2,), (2,)]


def test_a_stopped_backfill_goes_on_with_the_next_chunk(sandbox, landed, chunks):
    with pytest.raises(Stopped):
        ingest("binance", DAYS, stop)

    ingest("binance", DAYS)

    assert landed.rows() == sandbox.truth("BTCUSDT", *SPAN)
    assert len(sandbox.requests()) == PAGES


def test_a_stopped_backfill_goes_on_without_the_working_directory(
    sandbox, landed, chunks, environment, tmp_path
):
    with pytest.raises(Stopped):
        ingest("binance", DAYS, stop)
    environment["DLT_DATA_DIR"] = str(tmp_path / "another")

    ingest("binance", DAYS)

    assert landed.rows() == sandbox.truth("BTCUSDT", *SPAN)
    assert len(sandbox.requests()) == PAGES


def test_a_done_backfill_leaves_nothing_in_the_state(sandbox, database, chunks):
    with pytest.raises(Stopped):
        ingest("binance", DAYS, stop)
    assert open_backfills(database) == [str(DAYS)]

    ingest("binance", DAYS)

    assert open_backfills(database) == []


def test_a_repeated_backfill_lands_the_same_pages_again(sandbox, landed):
    ingest("binance", DAYS)
    first = landed.payloads()

    ingest("binance", DAYS)

    assert landed.payloads() == first * 2


def test_a_backfill_repeated_after_a_refusal_asks_only_what_is_missing(sandbox, landed):
    sandbox.lists("BTCUSDT", "ETHUSDT")
    sandbox.refuse(symbol="ETHUSDT", status=451, skip=2)
    ingest("binance", DAYS)

    report = ingest("binance", DAYS)

    assert not report.bad
    assert landed.minutes("BTCUSDT") == sandbox.minutes("BTCUSDT", *SPAN)
    assert landed.minutes("ETHUSDT") == sandbox.minutes("ETHUSDT", *SPAN)
    assert len(sandbox.requests()) == 2 * PAGES + 1, "the refused one twice"


@pytest.mark.parametrize("pages", [1, 2, 3, 4])
def test_a_span_of_any_number_of_pages_comes_to_its_end(sandbox, landed, chunks, pages):
    minutes = pages * 1000
    end = f"2024-02-0{1 + minutes // 1440}T{minutes % 1440 // 60:02}:{minutes % 60:02}"
    seen = []

    def stop_a_run_that_never_ends(report):
        seen.append(report.pages)
        assert len(seen) < 5

    ingest("binance", Window.between("2024-02-01", end), stop_a_run_that_never_ends)

    assert len(landed.minutes()) == minutes
    assert len(sandbox.requests()) == pages


def test_the_keys_share_a_chunk_and_each_comes_to_its_end(sandbox, landed, chunks):
    sandbox.lists("BTCUSDT", "ETHUSDT", "XRPUSDT")
    sandbox.control(listed_at={"symbol": "XRPUSDT", "at": "2024-02-04T12:00"})

    report = ingest("binance", DAYS)

    assert {key.name: key.records for key in report.keys.values()} == {
        "BTCUSDT": 4 * 1440,
        "ETHUSDT": 4 * 1440,
        "XRPUSDT": 720,
    }
    assert landed.gaps() == [("XRPUSDT", "2024-02-01 00:00", "2024-02-04 12:00")]


def test_a_plan_says_what_is_left_and_neither_asks_nor_writes(
    sandbox, database, chunks
):
    with pytest.raises(Stopped):
        ingest("binance", DAYS, stop)
    asked = len(sandbox.requests())
    loads = database.query("select count(*) from raw._dlt_loads")

    report = plan("binance", DAYS)

    assert report.sentence() == (
        "binance would ask BTCUSDT [2024-02-02T09:20:00Z, 2024-02-05T00:00:00Z)"
    )
    assert len(sandbox.requests()) == asked
    assert database.query("select count(*) from raw._dlt_loads") == loads
