"""Rankings from the stand-ins to the marts, against the stand-ins' own truth."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.ingest import ingest
from tests.support.rankings import MODELS
from tests.support.stand_in import served

RECORDED = Path(__file__).parents[2] / "sandbox" / "recorded"
RANKING = RECORDED / "coinmarketcap" / "20220129T232713Z.json"
SYSTEMS = ("coinmarketcap", "cryptocompare")
ODD, EVEN = "2024-03-05T12:01:20Z", "2024-03-05T12:02:20Z"


def expected(sandbox, slip):
    """Return rank, price, volume and place by id, from both truths.

    Where a coin slipped over the edge of the first page, all later ones stand one
    place further down.
    """
    listed = {coin["id"]: coin for coin in sandbox.truth_of("coinmarketcap")}
    found = {}
    for place, top in enumerate(sandbox.truth_of("cryptocompare"), 1):
        coin = listed.get(top["linked_id"])
        if coin:
            found[coin["id"]] = (
                len(found) + 1,
                coin["symbol"],
                coin["price"] and Decimal(str(coin["price"])),
                Decimal(str(top["volume"])),
                place + (slip if place > 100 else 0),
            )
    return found


def ask_both(seconds=12):
    """Ask both sources, in one minute of our clock."""
    left = 60 - datetime.now(UTC).second
    if left < seconds:
        time.sleep(left + 0.1)
    for system in SYSTEMS:
        assert ingest(system).bad == []


@pytest.mark.parametrize(("now", "slip"), [(EVEN, 0), (ODD, 1)], ids=["even", "odd"])
def test_both_rankings_go_from_the_stand_ins_to_the_marts(
    sandbox, database, dbt, now, slip
):
    sandbox.at(now)
    ask_both()

    dbt("build", *MODELS)

    rows = database.query(
        "select coin_id, coin_rank, symbol, price_usd, volume_24h_usd, source_rank "
        "from marts.rpt_top_coins",
        role="reader",
    )
    said = expected(sandbox, slip)
    assert {coin: tuple(others) for coin, *others in rows} == said
    assert len(said) >= 300
    assert {1, 1027, 52} <= said.keys()
    assert None in {price for _, _, price, *_ in said.values()}
    symbols = [symbol for _, symbol, *_ in said.values()]
    assert symbols.count("PEPE") > 20
    assert symbols.count("BTC") > 5
    unmatched = database.query(
        "select source, count(*) from marts.rpt_unmatched_coins group by 1 order by 1",
        role="reader",
    )
    assert [source for source, _ in unmatched] == list(SYSTEMS)
    rejected = database.query(
        "select record_key from staging.stg_coinmarketcap__listings__rejected "
        "union all "
        "select record_key from staging.stg_cryptocompare__toplist__rejected"
    )
    assert rejected == []


def test_prices_agree_with_the_newest_closed_minute_of_binance(sandbox):
    sandbox.at(ODD)
    prices = {coin["id"]: coin["price"] for coin in sandbox.truth_of("coinmarketcap")}

    for coin, symbol in ((1, "BTCUSDT"), (1027, "ETHUSDT"), (52, "XRPUSDT")):
        (minute,) = sandbox.truth(
            symbol, "2024-03-05T12:00:00Z", "2024-03-05T12:01:00Z"
        )
        assert prices[coin] == float(minute[4])


def test_a_recorded_ranking_goes_through_the_stand_in_into_staging(
    sandbox, database, environment, dbt
):
    with served("--recorded", str(RECORDED), "--now", "2022-01-30T00:00Z") as stand_in:
        url = f"{stand_in.url}/coinmarketcap"
        environment["SOURCES__COINMARKETCAP__BASE_URL"] = url
        environment["SOURCES__COINMARKETCAP__VERSION"] = "v1"
        environment["SOURCES__COINMARKETCAP__COINS"] = "20"
        assert ingest("coinmarketcap").bad == []

    dbt("run", "-s", "stg_coinmarketcap__listings")

    ((payload,),) = database.query("select payload from raw.coinmarketcap__listings")
    assert payload == RANKING.read_text()
    recorded = json.loads(payload, parse_float=Decimal, parse_int=Decimal)["data"]
    rows = database.query(
        "select coin_id, symbol, coin_name, source_rank, price_usd, price_updated_at "
        "from staging.stg_coinmarketcap__listings order by source_rank"
    )
    assert rows == [
        (
            coin["id"],
            coin["symbol"],
            coin["name"],
            place,
            coin["quote"]["USD"]["price"],
            datetime.fromisoformat(coin["quote"]["USD"]["last_updated"]),
        )
        for place, coin in enumerate(recorded, 1)
    ]
    assert len(rows) == 20
