"""`python -m warehouse rebuild` has a model read again what it names, and no more."""

import pytest

from tests.support.klines import BUILT_UNTIL, DAY, HOUR, MINUTE, MONDAY, SYMBOLS, pages
from warehouse.__main__ import main

HOURLY = "marts.fct_candles_1h"
STAGED = "staging.stg_binance__klines"


@pytest.fixture
def mended(built, dbt, tables):
    """Return what spoils a table, rebuilds it and returns the mended openings."""

    def mended(table, *words):
        model = table.split(".")[1]
        spoil = f"update {table} set trade_count = -1"  # noqa: S608 - a table of ours
        built.database.query(spoil)
        assert main(["rebuild", model, *words]) == 0
        dbt("run", "-s", model)
        opened = {symbol: [] for symbol in SYMBOLS}
        for (symbol, opened_at), row in tables.rows(table).items():
            if row["trade_count"] >= 0:
                opened[symbol].append(opened_at)
        return {
            symbol: (min(times), max(times), len(times))
            for symbol, times in opened.items()
            if times
        }

    return mended


def test_without_a_span_it_reads_everything_again(mended):
    assert mended(HOURLY) == {
        symbol: (MONDAY, BUILT_UNTIL - HOUR, 26) for symbol in SYMBOLS
    }


def test_a_mart_reads_exactly_the_span_again(mended):
    span = ["--from", "2024-03-04T03:00", "--to", "2024-03-04T05:00+00:00"]

    assert mended(HOURLY, *span) == {
        symbol: (MONDAY + 3 * HOUR, MONDAY + 4 * HOUR, 2) for symbol in SYMBOLS
    }


def test_a_span_without_an_end_goes_on_to_the_last(mended):
    assert mended(HOURLY, "--from", "2024-03-05") == {
        symbol: (MONDAY + DAY, BUILT_UNTIL - HOUR, 2) for symbol in SYMBOLS
    }


def test_staging_reads_exactly_the_loads_again_that_were_asked_in_the_span(
    built, dbt, mended
):
    for hours in range(3):
        start = BUILT_UNTIL + hours * HOUR
        built.land(pages("BTCUSDT", start, start + HOUR))
    dbt("run", "-s", "stg_binance__klines", "stg_fetches")
    start = BUILT_UNTIL + HOUR

    span = ["--from", start.isoformat(), "--to", (start + HOUR).isoformat()]

    assert mended(STAGED, *span) == {"BTCUSDT": (start, start + HOUR - MINUTE, 60)}


def test_a_rebuild_changes_no_row_that_was_right(built, dbt, tables):
    before = tables.row_versions(HOURLY)

    main(["rebuild", "fct_candles_1h"])
    dbt("run")

    assert tables.row_versions(HOURLY) == before


def test_a_model_that_the_ledger_does_not_know_is_an_error(built, capsys):
    assert main(["rebuild", "fct_candle_1h"]) == 1
    assert "knows no model fct_candle_1h" in capsys.readouterr().err
