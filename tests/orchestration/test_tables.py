"""The tables of `make run` on terminals of any width, and where there is no row."""

from io import StringIO

import pytest
from rich.console import Console

from orchestration.tables import (
    CANDLES,
    COINS,
    FLOWS,
    LOANS,
    RATES,
    TURBINES,
    table_of,
    tables,
)
from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    TOPLIST,
    Coin,
    listings,
    toplist,
)
from tests.support.raw import Raw

SHOWN = (CANDLES, COINS, TURBINES, RATES, LOANS, FLOWS)
LONG = "0.000000123456789012"


@pytest.fixture
def raw(database):
    return Raw(database)


def drawn(shown, width):
    """Return what a terminal shows of a table whose cells are all long."""
    row = [f"{number:02}:{LONG}" for number in range(len(shown.columns))]
    terminal = Console(file=StringIO(), width=width, soft_wrap=True)
    terminal.print(table_of(shown, [row, [None] * len(row)], width))
    return row, terminal.file.getvalue()


@pytest.mark.parametrize("width", [300, 120, 100, 80, 60, 40, 30])
@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.title)
def test_a_table_drops_columns_rather_than_cut_one(shown, width):
    row, text = drawn(shown, width)

    assert "\u2026" not in text
    assert "None" not in text
    assert max(map(len, text.splitlines()[1:])) <= width
    there = [cell for cell in row if cell in text]
    last = min(set(shown.columns) - set(shown.spare), key=shown.columns.index)
    assert row[shown.columns.index(last)] in there
    assert text.count(LONG) == len(there)
    if width == 300:
        assert there == row
    if width >= 60:
        assert len(there) >= 2


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.title)
def test_a_table_gives_up_its_columns_and_no_others(shown):
    assert set(shown.spare) < set(shown.columns)
    assert len(shown.columns) - len(shown.spare) >= 2


@pytest.mark.usefixtures("raw")
def test_an_empty_table_says_why(dbt):
    dbt("run", "-s", "tickhouse")
    dbt("build", "-s", "resource_type:function")
    troubles = {"plant": "plant: T01 failed: answered HTTP 500"}

    said = list(tables({}, troubles, 80))

    assert said == [
        "Newest hourly candles, UTC: nothing to show yet, since no hour has a candle",
        "Top coins, UTC: nothing to show yet, since no answer of CoinMarketCap and one "
        "of CryptoCompare make a snapshot",
        "Newest whole 10 minutes of each turbine, UTC: nothing to show yet, since "
        "plant: T01 failed: answered HTTP 500",
        "Newest rates of the US dollar: nothing to show yet, since XE has given no "
        "rate",
        "Loans most in arrears: nothing to show yet, since the book has no loan",
        "Ethereum's largest token flows of the newest day: nothing to show yet, since "
        "no token of the newest day has a price in dollars",
    ]


def test_coins_that_make_no_snapshot_say_how_far_apart_they_are(raw, dbt):
    raw.land_answers(LISTINGS, listings([Coin(1)], NOON, 1))
    raw.land_answers(TOPLIST, toplist([Coin(1, linked_id="1")], NOON + MINUTE, 2))
    dbt("run", "-s", "tickhouse")
    dbt("build", "-s", "resource_type:function")

    said = [each for each in tables({}, {}, 80) if str(each).startswith("Top coins")]

    assert said == [
        "Top coins, UTC: nothing to show yet, since no answer of CoinMarketCap and one "
        "of CryptoCompare make a snapshot: the newest prices are of 2024-03-05 "
        "12:00:01+00, the newest ranks of 2024-03-05 12:01:02+00, and they may be 60 "
        "seconds apart; the next run may make one"
    ]
