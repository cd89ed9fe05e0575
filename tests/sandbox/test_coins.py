"""Both rankings' stand-ins: keys, pages, forms, limits, coins that are hard to join."""

import json
from pathlib import Path

import pytest

V1, V3 = (
    f"/coinmarketcap/{version}/cryptocurrency/listings/latest"
    for version in ("v1", "v3")
)
LIST = "/cryptocompare/asset/v1/top/list"
FULL = "/cryptocompare/data/top/totalvolfull"
CMC_KEY = {"X-CMC_PRO_API_KEY": "stand-in"}
CC_KEY = {"Authorization": "Apikey stand-in"}
RECORDED = Path(__file__).parent / "recorded/coinmarketcap/20220129T232713Z.json"
EVEN, ODD = "2024-03-01T12:34:30Z", "2024-03-01T12:35:30Z"


@pytest.fixture
def listings(generated):
    """Return what asks for listings with the key."""

    def listings(path=V3, headers=CMC_KEY, **query):
        asked = {"limit": 5000, "cryptocurrency_type": "coins", "sort": "volume_24h"}
        return generated.get(path, headers, **(asked | query))

    return listings


@pytest.fixture
def toplist(generated):
    """Return what asks for a page of the top list with the key."""

    def toplist(page=1, path=LIST, headers=CC_KEY, **query):
        size = "page_size" if path == LIST else "limit"
        return generated.get(path, headers, page=page, **({size: 100} | query))

    return toplist


@pytest.fixture
def everything(listings, toplist):
    """Return what looks up all coins of both, page after page."""

    def everything():
        pages = [toplist(page).json()["Data"]["LIST"] for page in range(1, 6)]
        return listings().json()["data"], [coin for page in pages for coin in page]

    return everything


def linked_id(asset):
    """Return the CoinMarketCap id that an asset has."""
    others = asset.get("ASSET_ALTERNATIVE_IDS") or []
    return next((int(one["ID"]) for one in others if one["NAME"] == "CMC"), None)


def test_a_listing_has_the_form_of_its_version(listings):
    old, new = (listings(path, limit=1).json() for path in (V1, V3))
    recorded = json.loads(RECORDED.read_text())

    assert list(old["status"]) == list(new["status"])
    assert set(old["status"]) == set(recorded["status"])
    known = set(recorded["data"][0])
    assert set(old["data"][0]) <= known
    assert set(old["data"][0]["quote"]["USD"]) <= set(
        recorded["data"][0]["quote"]["USD"]
    )
    (quote,) = new["data"][0]["quote"]
    assert quote["symbol"] == "USD"
    assert quote["price"] == old["data"][0]["quote"]["USD"]["price"]


def test_a_top_list_has_the_form_of_its_host(toplist):
    new, old = toplist().json(), toplist(0, FULL, tsym="USD").json()

    assert new["Err"] == {}
    assert new["Data"]["STATS"]["TOTAL_ASSETS"] == old["MetaData"]["Count"] > 300
    assert (old["Message"], old["Type"], "Response" in old) == ("Success", 100, False)
    assert [coin["SYMBOL"] for coin in new["Data"]["LIST"]] == [
        coin["CoinInfo"]["Name"] for coin in old["Data"]
    ]
    assert isinstance(old["Data"][0]["CoinInfo"]["Id"], str)
    assert [coin for coin in old["Data"] if "RAW" not in coin]


def test_the_coins_are_hard_to_join(everything):
    listed, topped = everything()

    by_id = {coin["id"]: coin for coin in listed}
    ids = {coin["ID"] for coin in topped}
    matched = [coin for coin in topped if linked_id(coin) in by_id]
    symbols = [coin["symbol"] for coin in listed]
    assert len(matched) >= 300
    assert symbols.count("PEPE") > 20
    assert symbols.count("BTC") > 5
    assert by_id.keys() - {linked_id(coin) for coin in topped}
    assert [coin for coin in topped if linked_id(coin) is None]
    assert [coin for coin in topped if linked_id(coin) and linked_id(coin) not in by_id]
    assert [
        coin
        for coin in matched
        if coin["ID"] in by_id and coin["ID"] != linked_id(coin)
    ]
    assert [coin for coin in listed if coin["quote"][0]["price"] is None]
    assert len(ids) == len(topped)
    assert all(coin["platform"] is None for coin in listed)


def test_tokens_come_only_when_asked_for(listings, toplist):
    kinds = [
        {coin["id"] for coin in listings(cryptocurrency_type=kind).json()["data"]}
        for kind in ("all", "coins", "tokens")
    ]

    assert kinds[1] | kinds[2] == kinds[0]
    assert kinds[2]
    assert not kinds[1] & kinds[2]
    tokens = toplist(asset_type="TOKEN").json()["Data"]["LIST"]
    assert {coin["ASSET_TYPE"] for coin in tokens} == {"TOKEN"}


def test_a_coin_moves_from_minute_to_minute(generated, toplist):
    places = []
    for now in (EVEN, ODD):
        for system in ("coinmarketcap", "cryptocompare"):
            generated.obey(system=system, now=now)
        found = [coin["NAME"] for coin in toplist().json()["Data"]["LIST"]]
        places.append(found.index("Coin 41"))

    assert places[0] - places[1] > 5


def test_ranks_slip_between_pages_in_every_odd_minute(generated, toplist):
    edges = {}
    for now in (EVEN, ODD):
        generated.obey(system="cryptocompare", now=now)
        first, second = (toplist(page).json()["Data"]["LIST"] for page in (1, 2))
        edges[now] = (first[-1]["ID"], second[0]["ID"])
    generated.obey(system="cryptocompare", now=EVEN, slips=3)
    third = toplist(2).json()["Data"]["LIST"]

    assert edges[EVEN][0] != edges[EVEN][1]
    assert edges[ODD][0] == edges[ODD][1]
    assert third[3]["ID"] == edges[EVEN][1]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({}, 401, 1002), ({"X-CMC_PRO_API_KEY": "x"}, 401, 1001)],
)
def test_listings_want_their_key(listings, headers, status, code):
    answer = listings(headers=headers)

    assert answer.status_code == status
    assert answer.json()["status"]["error_code"] == code
    assert "data" not in answer.json()


@pytest.mark.parametrize("path", [LIST, FULL])
def test_a_top_list_wants_its_key(toplist, path):
    answer = toplist(1, path, headers={"Authorization": "Apikey x"}, tsym="USD")

    assert answer.status_code == 401
    assert answer.json()["Err"]["message"].startswith("API key required")
    assert toplist(1, path, headers={}, api_key="stand-in", tsym="USD").ok


@pytest.mark.parametrize(
    "query",
    [
        {"start": 0},
        {"limit": 5001},
        {"limit": "x"},
        {"sort": "fame"},
        {"cryptocurrency_type": "dog"},
        {"convert": "XXX"},
    ],
)
def test_a_wrong_parameter_of_listings_is_400(listings, query):
    answer = listings(**query)

    assert answer.status_code == 400
    assert answer.json()["status"]["error_code"] == 400


def test_a_wrong_parameter_of_a_top_list_is_400_or_200_by_its_host(toplist):
    new, old = toplist(0), toplist(0, FULL)

    assert (new.status_code, bool(new.json()["Err"])) == (400, True)
    assert (old.status_code, old.json()["Response"]) == (200, "Error")
    assert (old.json()["Type"], old.json()["ParamWithError"]) == (2, "tsym")


def test_listings_cost_a_credit_for_200_coins(generated, listings):
    generated.obey(system="coinmarketcap", limits={"day": 3})

    first, second = listings(), listings()

    assert first.json()["status"]["credit_count"] == 2
    assert second.status_code == 429
    assert second.json()["status"]["error_code"] == 1009
    assert listings(limit=200).ok


@pytest.mark.parametrize(("window", "code"), [("minute", 1008), ("month", 1010)])
def test_each_limit_has_its_code(generated, listings, window, code):
    generated.obey(system="coinmarketcap", limits={window: 0})

    assert listings().json()["status"]["error_code"] == code


def test_a_limit_of_the_top_list_comes_as_200_from_the_older_host(generated, toplist):
    generated.obey(system="cryptocompare", limits={"minute": 1})

    answers = [toplist(0, FULL, tsym="USD"), toplist(0, FULL, tsym="USD"), toplist()]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    body = answers[1].json()
    assert (body["Response"], body["Type"], body["Data"]) == ("Error", 99, {})
    assert body["RateLimit"]["max_calls"] == {"minute": 1}


def test_coins_are_removed_and_changed_on_order(generated, everything):
    generated.obey(system="coinmarketcap", remove=[52], price={"id": 1, "value": "NaN"})
    generated.obey(
        system="cryptocompare", remove=[2], volume={"id": 300, "value": 1e15}
    )

    listed, topped = everything()

    prices = {coin["id"]: coin["quote"][0]["price"] for coin in listed}
    assert prices[1] == "NaN"
    assert 52 not in prices
    assert topped[0]["ID"] == 300
    assert 2 not in {coin["ID"] for coin in topped}


def test_the_truth_is_all_that_is_answered(generated, everything):
    listed, topped = everything()

    told_listed, told_topped = (
        generated.get(f"/_control/truth/{system}").json()
        for system in ("coinmarketcap", "cryptocompare")
    )

    assert [coin["id"] for coin in told_listed] == [coin["id"] for coin in listed]
    assert [coin["price"] for coin in told_listed] == [
        coin["quote"][0]["price"] for coin in listed
    ]
    assert [coin["id"] for coin in told_topped] == [coin["ID"] for coin in topped]
    assert [coin["linked_id"] for coin in told_topped if coin["linked_id"]] == [
        linked_id(coin) for coin in topped if linked_id(coin)
    ]


def test_a_recorded_ranking_is_sent_as_it_is_and_none_before_it(recorded):
    recorded.obey(system="coinmarketcap", now="2022-01-29T23:27:12Z")
    early = recorded.get(V1, CMC_KEY).json()
    recorded.obey(system="coinmarketcap", now="2022-01-29T23:27:13Z")
    first, second = recorded.get(V1, CMC_KEY), recorded.get(V1, CMC_KEY, start=21)
    (series,) = [
        each
        for each in recorded.get("/_control/series").json()
        if each["system"] == "coinmarketcap"
    ]

    assert (early["data"], early["status"]["error_code"]) == ([], 0)
    assert first.text == RECORDED.read_text()
    assert second.json()["data"] == []
    assert (series["origin"], series["first"]) == (
        "recorded",
        "2022-01-29T23:27:13.000Z",
    )
    assert recorded.order(system="coinmarketcap", remove=[1]).status_code == 400


def test_a_recorded_top_list_is_sent_as_it_is(serve, tmp_path):
    folder = tmp_path / "cryptocompare"
    folder.mkdir()
    body = '{"Data":  {"STATS":{}, "LIST": [{"ID": 1}]}, "Err": {}}'
    (folder / "20240105T100000Z.json").write_text(body)

    with serve("--recorded", str(tmp_path), "--now", "2024-01-05T10:00Z") as stand_in:
        texts = [stand_in.get(LIST, CC_KEY, page=page).text for page in (1, 2)]

    assert texts[0] == body
    assert json.loads(texts[1])["Data"]["LIST"] == []
