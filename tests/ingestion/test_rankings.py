"""Rankings of now: a snapshot a run, in pages, from either source and either form."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingestion import coinmarketcap, cryptocompare
from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.window import Window

CMC, CC = "coinmarketcap", "cryptocompare"
TABLES = {CMC: "raw.coinmarketcap__listings", CC: "raw.cryptocompare__toplist"}
PATHS = {
    CMC: "/v3/cryptocurrency/listings/latest",
    CC: "/asset/v1/top/list",
}
BOTH = pytest.mark.parametrize("system", [CMC, CC])


@pytest.fixture
def pages(database):
    """Return what gives request, body and load of each landed page."""

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
    """Return what gives key, outcome and sentence of each fetch."""
    return lambda system: database.query(
        "select key, outcome, sentence from raw.fetches where system = %s", system
    )


def coins(body):
    return body["data"] if "data" in body else body["Data"]["LIST"]


@BOTH
def test_a_run_lands_one_snapshot_in_one_load(
    sandbox, pages, fetches, database, system
):
    before = datetime.now(UTC).replace(second=0, microsecond=0)

    report = ingest(system)

    found = pages(system)
    assert [len(coins(body)) for _, body, _ in found] == (
        [360] if system == CMC else [100, 100, 100, 81]
    )
    assert len({load for *_, load in found}) == 1
    (snapshot_at,) = {request.pop("snapshot_at") for request, *_ in found}
    assert before <= datetime.fromisoformat(snapshot_at) <= datetime.now(UTC)
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
        "select asked_from, asked_to from raw.fetches where system = %s", system
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


def test_a_version_that_is_none_is_refused_and_not_asked(sandbox, fetches, environment):
    environment["SOURCES__COINMARKETCAP__VERSION"] = "v2/../v1"

    ingest(CMC)

    sentence = "not asked: the version is v1 or v3"
    assert fetches(CMC) == [("USD", "refused", sentence)]
    assert sandbox.requests(CMC) == []


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
    said = f"{system} tells of now alone and has no past to ask for: leave out --from"
    assert said in capsys.readouterr().err
    with pytest.raises(ValueError, match="no past"):
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


@pytest.mark.parametrize("code", [1009, "1010"])
def test_spent_credits_are_a_failure_that_is_not_waited_for(
    sandbox, fetches, pages, code
):
    status = {"error_code": code, "error_message": "Spent."}
    sandbox.refuse(CMC, status=429, times=None, body={"status": status}, retry_after=1)

    ingest(CMC)

    assert fetches(CMC) == [("USD", "failed", f"limited, code {code}: Spent.")]
    assert len(sandbox.requests(CMC)) == 1
    assert pages(CMC) == []


def test_a_limit_of_the_minute_is_waited_for(sandbox, fetches):
    sandbox.refuse(CMC, status=429, times=1, retry_after=0)

    ingest(CMC)

    assert fetches(CMC) == [("USD", "ok", None)]
    assert len(sandbox.requests(CMC)) == 2


LIMIT = {
    "Response": "Error",
    "Message": "You are over your rate limit please upgrade your account!",
    "Type": 99,
    "RateLimit": {
        "calls_made": {"second": 1, "day": 7773},
        "max_calls": {"second": 20, "day": 7500},
    },
    "Data": {},
}


@pytest.mark.parametrize(
    ("system", "status", "body", "outcome", "said"),
    [
        (CMC, 401, None, "refused", "HTTP 401, code 1001: This API Key"),
        (CMC, 402, None, "refused", "HTTP 402, code 1003: Your API Key must"),
        (CMC, 403, None, "refused", "HTTP 403, code 1006: "),
        (
            CMC,
            200,
            {"status": {"error_code": "1002"}},
            "refused",
            "HTTP 200, code 1002",
        ),
        (CMC, 200, {"status": {"error_code": 500}, "data": [{}]}, "failed", "code 500"),
        (CMC, 200, {"data": [{}]}, "failed", "no coins (HTTP 200, code None"),
        (CMC, 200, {"status": {"error_code": 0}, "data": {}}, "failed", "no coins"),
        (
            *(CMC, 200, {"status": {"error_code": 0}, "data": []}, "failed"),
            "an answer without coins",
        ),
        (CMC, 200, "<html>", "failed", "no coins (HTTP 200"),
        (CC, 401, None, "refused", "HTTP 401, type 2: API key required"),
        (CC, 403, None, "refused", "HTTP 403, type 3: "),
        (CC, 402, {"Err": "Pay"}, "refused", "HTTP 402, type None: Pay"),
        (CC, 200, LIMIT, "failed", "upgrade your account! (calls of the day used up)"),
        (
            CC,
            200,
            {"Response": "Error", "Type": 2, "Message": "tsym"},
            "refused",
            "tsym",
        ),
        (CC, 200, {"Type": 1, "Message": "Oh", "Data": []}, "failed", "type 1: Oh"),
        (
            *(CC, 200, {"Data": {"LIST": [{}]}, "Err": {"type": 5, "message": "Oh"}}),
            *("failed", "type 5: Oh"),
        ),
        (
            CC,
            200,
            {"Data": {"LIST": []}, "Err": {}},
            "failed",
            "an answer without coins",
        ),
        (CC, 200, [], "failed", "no coins (HTTP 200"),
    ],
)
def test_what_is_no_ranking_ends_the_key(
    sandbox, database, fetches, pages, system, status, body, outcome, said
):
    fault = {} if body is None else {"body": body}
    sandbox.refuse(system, status=status, times=None, **fault)

    ingest(system)

    ((key, told, sentence),) = fetches(system)
    assert (key, told) == ("USD", outcome)
    assert said in sentence
    assert pages(system) == []
    assert len(sandbox.requests(system)) == 1


def test_no_limit_is_taken_for_a_ranking(sandbox, environment, fetches):
    environment["SOURCES__CRYPTOCOMPARE__IS_LEGACY"] = "true"
    sandbox.control(CC, limits={"day": 2})

    ingest(CC)

    ((_, outcome, sentence),) = fetches(CC)
    assert outcome == "failed"
    assert sentence.endswith("(calls of the day used up))")


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
def test_no_key_is_landed_logged_or_said(
    sandbox, database, begin, environment, tmp_path, system
):
    secret = "hush" * 8
    sandbox.control(system, key=secret)
    log = tmp_path / "log"
    environment.update(
        {
            f"SOURCES__{system.upper()}__API_KEY": secret,
            "LOG_LEVEL": "DEBUG",
            "RUNTIME__LOG_LEVEL": "DEBUG",
            "LOG_FILE": str(log),
        }
    )

    good = begin(system).end()
    sandbox.control(system, key="another")
    bad = begin(system).end()

    assert (good[0], bad[0]) == (0, 1), (good, bad)
    assert "USD refused: HTTP 401" in bad[1]
    stored = database.query(f"select * from {TABLES[system]}")  # noqa: S608 - a table of ours
    stored += database.query("select * from raw.fetches")
    assert secret not in f"{good} {bad} {stored} {log.read_text()}"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    for asked in sandbox.requests(system):
        assert secret not in str(asked)
