"""Each symbol is asked from its own cursor, less a short tail that is read again."""

import shutil

from ingestion.ingest import ingest
from ingestion.window import Window
from tests.support.stand_in import milliseconds

NOON = milliseconds("2024-03-05T12:00")
MINUTE = 60_000
LATER = "2024-03-05T13:00:30Z"


def starts(sandbox, symbol="BTCUSDT"):
    """Return from when a symbol was asked, request after request."""
    return [
        int(entry["query"]["startTime"]) for entry in sandbox.requests(symbol=symbol)
    ]


def test_the_next_run_asks_only_from_the_cursor_less_the_tail(sandbox, landed):
    ingest("binance")
    asked = len(starts(sandbox))
    sandbox.at(LATER)

    ingest("binance")

    assert starts(sandbox)[asked:] == [NOON - 9 * MINUTE]  # 12:01 less ten minutes
    assert set(landed.minutes()) == set(sandbox.minutes("BTCUSDT", "2024-03-04"))


def test_the_tail_is_a_setting(sandbox, database, environment):
    environment["SOURCES__BINANCE__TAIL_MINUTES"] = "30"
    ingest("binance")

    ingest("binance")

    assert starts(sandbox)[-1] == NOON - 29 * MINUTE


def test_a_candle_that_was_open_is_read_again_when_it_is_closed(sandbox, landed):
    ingest("binance")
    sandbox.at(LATER)

    ingest("binance")

    open_one, closed_one = (row for row in landed.rows() if row[0] == NOON)
    assert open_one != closed_one
    assert [closed_one] == sandbox.truth(
        "BTCUSDT", "2024-03-05T12:00", "2024-03-05T12:01"
    )


def test_a_revised_candle_in_the_tail_comes_with_the_next_run(sandbox, landed):
    ingest("binance")
    opened = NOON - 5 * MINUTE
    revision = {"symbol": "BTCUSDT", "opened_at_ms": opened, "factor": 2}
    sandbox.control(revise=revision)

    ingest("binance")

    before, after = (row for row in landed.rows() if row[0] == opened)
    assert before != after
    assert after in sandbox.truth("BTCUSDT", "2024-03-05T11:00")


def test_a_failing_symbol_holds_no_other_up_and_catches_up_later(sandbox, landed):
    sandbox.lists("BTCUSDT", "ETHUSDT")
    sandbox.refuse(symbol="ETHUSDT", status=503, skip=1, times=None)
    report = ingest("binance")
    assert [key.name for key in report.bad] == ["ETHUSDT"]
    assert landed.minutes("BTCUSDT") == sandbox.minutes("BTCUSDT", "2024-03-04")
    assert landed.minutes("ETHUSDT") == sandbox.minutes("ETHUSDT", "2024-03-04")[:1000]
    sandbox.reset()
    sandbox.lists("BTCUSDT", "ETHUSDT")

    ingest("binance")

    first = milliseconds("2024-03-04")
    assert starts(sandbox, "ETHUSDT")[0] == first + (1000 - 10) * MINUTE
    assert starts(sandbox, "BTCUSDT") == [NOON - 9 * MINUTE]
    assert set(landed.minutes("ETHUSDT")) == set(
        sandbox.minutes("ETHUSDT", "2024-03-04")
    )


def test_a_new_symbol_starts_from_the_first_day_whatever_the_others_have(
    sandbox, landed
):
    ingest("binance")
    sandbox.lists("BTCUSDT", "ETHUSDT")

    ingest("binance")

    assert landed.minutes("ETHUSDT") == sandbox.minutes("ETHUSDT", "2024-03-04")


def test_a_backfill_leaves_the_cursors_alone(sandbox, landed):
    ingest("binance")

    ingest("binance", Window.between("2024-01-01", "2024-01-02"))
    ingest("binance")

    assert starts(sandbox)[-1] == NOON - 9 * MINUTE


def test_a_backfill_before_the_first_run_takes_nothing_from_it(sandbox, landed):
    ingest("binance", Window.between("2024-03-05T10:00", "2024-03-05T11:00"))

    ingest("binance")

    assert set(landed.minutes()) == set(sandbox.minutes("BTCUSDT", "2024-03-04"))


def test_cursors_come_back_from_postgres_when_the_working_directory_is_lost(
    sandbox, database
):
    ingest("binance")
    shutil.rmtree(database.folder / "dlt_data_dir")

    ingest("binance")

    assert starts(sandbox)[-1] == NOON - 9 * MINUTE


def test_a_run_whose_tail_is_longer_than_a_chunk_comes_to_its_end(
    sandbox, landed, monkeypatch
):
    monkeypatch.setattr("ingestion.keys.CHUNK_PAGES", 1)
    monkeypatch.setenv("SOURCES__BINANCE__TAIL_MINUTES", "2500")
    chunks = []

    def stop_a_run_that_never_ends(report):
        chunks.append(report.pages)
        assert len(chunks) < 20

    ingest("binance", on_chunk=stop_a_run_that_never_ends)
    sandbox.at(LATER)
    ingest("binance", on_chunk=stop_a_run_that_never_ends)

    assert set(landed.minutes()) >= set(sandbox.minutes("BTCUSDT", "2024-03-04"))
