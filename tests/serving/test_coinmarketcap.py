"""Coins as CoinMarketCap lists them, held against the newest snapshot's ranks."""

import json

import pytest

# what the vendor's own client sends where nothing is asked
DEFAULTS = "convert=USD&sort=market_cap&cryptocurrency_type=all&tag=all&aux=cmc_rank"
PATH = "/coinmarketcap/v1/cryptocurrency/listings/latest"


@pytest.fixture(scope="module")
def ranked(house) -> list[tuple]:
    """Return the newest snapshot: id, name, symbol, rank and the exact numbers."""
    return house.query(
        "select coin_id, coin_name, symbol, coin_rank, price_usd::text, "
        "volume_24h_usd::text from marts.rpt_top_coins order by coin_rank"
    )


def ask(house, query: str) -> list[tuple]:
    """Return the coins of a page, each exact number as it was written."""
    told = json.loads(house.ask(f"{PATH}?{query}").text, parse_float=str)
    assert told["status"]["error_code"] == 0
    return [
        (
            *(coin[name] for name in ("id", "name", "symbol", "cmc_rank")),
            *(coin["quote"]["USD"][name] for name in ("price", "volume_24h")),
        )
        for coin in told["data"]
    ]


def test_pages_give_each_coin_once_to_the_last_digit(house, ranked):
    pages, start = [], 1
    while page := ask(house, f"start={start}&limit=100&{DEFAULTS}"):
        pages += page
        start += 100

    shown = [tuple(str(value) for value in row) for row in pages]
    assert shown == [tuple(str(value) for value in row) for row in ranked]


def test_the_status_tells_how_many_coins_of_which_minute_there_are(house, ranked):
    answer = house.ask(f"{PATH}?limit=1").json()

    assert answer["status"]["total_count"] == len(ranked)
    ((at,),) = house.query("select max(snapshot_at) from marts.fct_coin_ranks_1m")
    assert f"{at:%Y-%m-%dT%H:%M}" in answer["status"]["notice"]
    assert answer["data"][0]["slug"] is None
    assert answer["data"][0]["quote"]["USD"]["last_updated"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("start=0", "start"),
        ("limit=5001", "5000"),
        ("limit=x", "limit"),
        (f"limit={'9' * 5000}", "limit"),
        ("convert=EUR", "USD"),
        ("sort=name", "volume_24h"),
        ("tag=defi", "all"),
        ("price_min=1", "price_min"),
        ("cryptocurrency_type=tokens", "coins"),
    ],
)
def test_what_can_t_be_given_is_an_error_in_the_vendor_s_form(house, query, said):
    answer = house.ask(f"{PATH}?{query}")

    status = answer.json()["status"]
    assert (answer.status_code, status["error_code"]) == (400, 400)
    assert said in status["error_message"]
    assert status["credit_count"] == 0
