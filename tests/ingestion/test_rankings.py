"""Rankings of now: a snapshot a run, in pages, from either source and either form."""

import json
from datetime import datetime, timedelta

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.sources import coinmarketcap, cryptocompare
from ingestion.window import Window
from tests.support.stand_in import NOW

CMC, CC = "coinmarketcap", "cryptocompare"
TABLES = {CMC: "raw.coinmarketcap__listings", CC: "raw.cryptocompare__toplist"}
PATHS = {
    CMC: "/v3/cryptocurrency/listings/latest",
    CC: "/asset/v1/top/list",
}
BOTH = pytest.mark.parametrize("system", [CMC, CC])


@pytest.fixture
def pages(database):
    """Return what looks up request, body and load of each landed page."""

    def pages(system):
        rows = database.query(
            f"select request, payload, _dlt_load_id from {TABLES[system]} "  # noqa: S608 - a table of ours
            "order by fetched_at"
        )
        return [
            (json.loads(request), json.loads(body), load)
            for request, body, load in rows
        ]

    return pages


@pytest.fixture
def fetches(database):
    """Return what looks up key, outcome and sentence of each fetch."""
    return lambda system: database.query(
        f"select key, outcome, sentence from raw.{system}__fetches"  # noqa: S608 - a table of ours
    )


def coins(body):
    return body["data"] if "data" in body else body["Data"]["LIST"]


@BOTH
def test_a_run_lands_one_snapshot_in_one_load(
    sandbox, pages, fetches, database, system
):
    report = ingest(system)

    found = pages(system)
    assert [len(coins(body)) for _, body, _ in found] == (
        [360] if system == CMC else [100, 100, 100, 81]
    )
    assert len({load for *_, load in found}) == 1
    (snapshot_at,) = {request.pop("snapshot_at") for request, *_ in found}
    (asked_at,) = {request.pop("asked_at") for request, *_ in found}
    asked_at = datetime.fromisoformat(asked_at)
    # by the source's clock, which stands
    assert abs(asked_at - datetime.fromisoformat(NOW)) < timedelta(seconds=20)
    minute = asked_at.replace(second=0, microsecond=0)
    assert minute == datetime.fromisoformat(snapshot_at)
    assert snapshot_at.endswith(":00Z")
    asked = [dict(entry["query"]) for entry in sandbox.requests(system)]
    assert {entry["path"] for entry in sandbox.requests(system)} == {
        f"/{system}{PATHS[system]}"
    }
    for query, (request, *_) in zip(asked, found, strict=True):
        noted = {"path": PATHS[system], "wanted": 1000 if system == CMC else 500}
        texts = {name: str(value) for name, value in request.items()}
        assert texts == {**query, **{name: str(value) for name, value in noted.items()}}
    assert fetches(system) == [("USD", "ok", None)]
    ((start, end),) = database.query(
        f"select asked_from, asked_to from raw.{system}__fetches"  # noqa: S608 - a table of ours
    )
    assert start == datetime.fromisoformat(snapshot_at)
    assert end - start == timedelta(minutes=1)
    assert report.sentence().startswith(f"{system}: {len(found)} pages, ")


def test_both_are_asked_for_coins_by_their_volume(sandbox, database):
    for system in (CMC, CC):
        ingest(system)

    (listings,) = [entry["query"] for entry in sandbox.requests(CMC)]
    assert listings == {
        **{"start": "1", "limit": "1000", "convert": "USD", "sort": "volume_24h"},
        **{"sort_dir": "desc", "cryptocurrency_type": "coins"},
    }
    toplist = [entry["query"] for entry in sandbox.requests(CC)]
    assert [query.pop("page") for query in toplist] == ["1", "2", "3", "4"]
    assert toplist[0] == {
        **{"page_size": "100", "asset_type": "BLOCKCHAIN", "sort_direction": "DESC"},
        "sort_by": "SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD",
    }


def test_listings_come_in_pages_until_enough_or_the_last(
    sandbox, pages, environment, monkeypatch
):
    monkeypatch.setattr(coinmarketcap, "PAGE", 100)
    environment["SOURCES__COINMARKETCAP__COINS"] = "250"
    ingest(CMC)
    enough = [request["start"] for request, *_ in pages(CMC)]
    environment["SOURCES__COINMARKETCAP__COINS"] = "1000"

    ingest(CMC)

    assert enough == [1, 101, 201]
    assert [request["start"] for request, *_ in pages(CMC)][3:] == [1, 101, 201, 301]


def test_a_full_last_page_is_the_end_where_a_total_says_so(sandbox, pages, monkeypatch):
    monkeypatch.setattr(coinmarketcap, "PAGE", 90)

    ingest(CMC)

    assert [len(coins(body)) for _, body, _ in pages(CMC)] == [90] * 4


def test_the_older_forms_are_asked_where_a_setting_says_so(sandbox, pages, environment):
    environment["SOURCES__COINMARKETCAP__VERSION"] = "v1"
    environment["SOURCES__CRYPTOCOMPARE__IS_LEGACY"] = "true"
    for system in (CMC, CC):
        assert ingest(system).bad == []

    ((listed, body, _),) = pages(CMC)
    assert listed["path"] == "/v1/cryptocurrency/listings/latest"
    assert set(body["data"][0]["quote"]) == {"USD"}
    found = pages(CC)
    assert [request["page"] for request, *_ in found] == [0, 1, 2, 3]
    assert {request["path"] for request, *_ in found} == {"/data/top/totalvolfull"}
    assert {request["tsym"] for request, *_ in found} == {"USD"}
    assert [len(body["Data"]) for _, body, _ in found] == [100, 100, 100, 81]


def test_the_older_form_is_not_asked_where_a_setting_says_no(
    sandbox, pages, environment
):
    environment["SOURCES__CRYPTOCOMPARE__IS_LEGACY"] = "false"

    ingest(CC)

    assert {request["path"] for request, *_ in pages(CC)} == {PATHS[CC]}


@pytest.mark.parametrize(
    ("base_url", "is_old"),
    [
        ("https://min-api.cryptocompare.com/", True),
        ("https://data-api.cryptocompare.com", False),
    ],
)
def test_the_legacy_host_is_known_by_its_name(base_url, is_old):
    assert cryptocompare.is_of_legacy_host(base_url) == is_old


@BOTH
def test_without_a_key_nothing_is_asked(sandbox, database, environment, capsys, system):
    del environment[f"SOURCES__{system.upper()}__API_KEY"]

    code = main([system])

    said = f"{system}: not asked, since SOURCES__{system.upper()}__API_KEY is not set"
    assert said in capsys.readouterr().out
    assert code == 1
    assert sandbox.requests(system) == []


@BOTH
def test_a_past_is_not_asked_for(sandbox, database, capsys, system):
    with pytest.raises(SystemExit) as end:
        main([system, "--from", "2024-01-01", "--to", "2024-01-02"])

    assert end.value.code == 2
    said = f"{system} only serves current data; --from is not supported"
    assert said in capsys.readouterr().err
    with pytest.raises(ValueError, match="only serves current data"):
        ingest(system, Window.between("2024-01-01", "2024-01-02"))
    assert sandbox.requests(system) == []


@BOTH
def test_a_run_that_fails_at_its_second_page_lands_the_first(
    sandbox, pages, fetches, monkeypatch, system
):
    monkeypatch.setattr(coinmarketcap, "PAGE", 100)
    sandbox.refuse(system, status=500, skip=1, times=None)

    report = ingest(system)

    assert len(pages(system)) == 1
    assert fetches(system) == [("USD", "failed", "answered HTTP 500")]
    assert [key.outcome for key in report.bad] == ["failed"]


def coins_of(pages, system):
    return [len(coins(body)) for _, body, _ in pages(system)]


@pytest.fixture
def small_pages(monkeypatch):
    """Let both have pages of 100 coins: 381 of CryptoCompare's, 360 of the other's."""
    monkeypatch.setattr(coinmarketcap, "PAGE", 100)


@BOTH
@pytest.mark.usefixtures("small_pages")
def test_a_page_that_was_short_once_is_asked_again(sandbox, pages, fetches, system):
    sandbox.control(system, short={"at": 201, "by": 1, "times": 1})

    report = ingest(system)

    last = 60 if system == CMC else 81
    assert coins_of(pages, system) == [100, 100, 99, 100, last]
    assert fetches(system) == [("USD", "ok", None)]
    assert report.bad == []


@BOTH
@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("at", [1, 201, 301])
def test_a_page_that_stays_short_by_little_is_the_sources(
    sandbox, pages, fetches, system, at
):
    sandbox.control(system, short={"at": at, "by": 3})

    assert main([system]) == 0

    last = 60 if system == CMC else 81
    counts = [100, 100, 100, last]
    page = at // 100
    short = counts[page] - 3
    expected = [*counts[:page], short, short, *counts[page + 1 :]]
    assert coins_of(pages, system) == expected
    assert fetches(system) == [("USD", "ok", None)]


@BOTH
@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(("at", "by"), [(1, 4), (201, 50), (101, 100), (301, 100)])
def test_more_than_a_hundredth_missing_fails_the_key(
    sandbox, pages, fetches, system, at, by
):
    sandbox.control(system, short={"at": at, "by": by})

    assert main([system]) == 1

    needed = 360 if system == CMC else 381
    full = min(100, needed - at + 1)
    missing = min(by, full)
    said = (
        f"{missing} of {needed} announced coins are missing, asked twice: "
        f"page {at // 100 + 1} has {full - missing} of {full}"
    )
    assert fetches(system) == [("USD", "failed", said)]
    assert len(pages(system)) == 5


def test_many_pages_that_lack_a_coin_add_up(sandbox, fetches):
    for at in (1, 101, 201, 301):
        sandbox.control(CC, short={"at": at, "by": 1})

    assert main([CC]) == 1

    ((_, outcome, said),) = fetches(CC)
    assert outcome == "failed"
    assert said.startswith("4 of 381 announced coins are missing, asked twice: page 1 ")


@BOTH
@pytest.mark.usefixtures("small_pages")
def test_the_newest_total_counts_where_they_differ(sandbox, pages, fetches, system):
    sandbox.control(system, totals={"1": 120, "101": 250, "201": 210})

    assert main([system]) == 0

    assert coins_of(pages, system) == [100, 100, 100]
    assert fetches(system) == [("USD", "ok", None)]


@BOTH
@pytest.mark.usefixtures("small_pages")
def test_a_total_below_what_came_is_none(sandbox, pages, fetches, system):
    sandbox.control(system, totals={"1": 0, "101": 150, "201": 0, "301": 1})

    assert main([system]) == 0

    last = {CMC: 60, CC: 81}[system]
    assert coins_of(pages, system) == [100, 100, 100, last]
    assert fetches(system) == [("USD", "ok", None)]


@pytest.mark.usefixtures("small_pages")
def test_coins_that_are_not_wanted_are_not_missed(sandbox, pages, fetches, environment):
    for system in (CMC, CC):
        environment[f"SOURCES__{system.upper()}__COINS"] = "250"
        sandbox.control(system, short={"at": 201, "by": 40})

        assert main([system]) == 0

        assert coins_of(pages, system) == [100, 100, 60]


@BOTH
@pytest.mark.usefixtures("small_pages")
def test_without_a_total_a_page_that_is_not_full_is_the_last(
    sandbox, pages, fetches, system
):
    sandbox.control(
        system,
        totals=dict.fromkeys(["1", "101", "201", "301"]),
        short={"at": 201, "by": 1},
    )

    assert main([system]) == 0

    assert coins_of(pages, system) == [100, 100, 99]
    assert fetches(system) == [("USD", "ok", None)]


def test_a_page_that_does_not_come_fails_the_key(sandbox, fetches):
    sandbox.control(CC, short={"at": 201, "by": 1})
    sandbox.refuse(CC, status=500, match="page=4", times=None)

    assert main([CC]) == 1

    assert fetches(CC) == [("USD", "failed", "answered HTTP 500")]
