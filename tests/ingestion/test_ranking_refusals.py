"""Rankings that are refused, limited or none, and a key that nobody sees."""

import re

import pytest

from ingestion import http
from ingestion.ingest import ingest
from ingestion.sources import coinmarketcap, cryptocompare

CMC, CC = "coinmarketcap", "cryptocompare"
MODULES = {CMC: coinmarketcap, CC: cryptocompare}
TABLES = {CMC: "raw.coinmarketcap__listings", CC: "raw.cryptocompare__toplist"}
BOTH = pytest.mark.parametrize("system", [CMC, CC])
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


@pytest.fixture
def landed_pages(database):
    """Return what counts the landed pages of a system."""

    def landed_pages(system):
        return database.query(f"select count(*) from {TABLES[system]}")[0][0]  # noqa: S608 - a table of ours

    return landed_pages


@pytest.fixture
def fetches(database):
    """Return what looks up key, outcome and sentence of each fetch."""
    return lambda system: database.query(
        f"select key, outcome, sentence from raw.{system}__fetches"  # noqa: S608 - a table of ours
    )


def test_a_version_that_is_none_is_refused_and_not_asked(sandbox, fetches, environment):
    environment["SOURCES__COINMARKETCAP__VERSION"] = "v2/../v1"

    ingest(CMC)

    sentence = "not asked: the version is v1 or v3"
    assert fetches(CMC) == [("USD", "refused", sentence)]
    assert sandbox.requests(CMC) == []


def test_more_coins_than_there_are_pages_are_refused(sandbox, fetches, environment):
    environment["SOURCES__CRYPTOCOMPARE__COINS"] = "10001"

    ingest(CC)

    assert fetches(CC) == [("USD", "refused", "not asked: 10,000 coins at most")]
    assert sandbox.requests(CC) == []


@pytest.mark.parametrize("code", [1009, "1010"])
def test_spent_credits_are_a_failure_that_is_not_waited_for(
    sandbox, fetches, landed_pages, code
):
    status = {"error_code": code, "error_message": "Spent."}
    sandbox.refuse(CMC, status=429, times=None, body={"status": status}, retry_after=1)

    ingest(CMC)

    assert fetches(CMC) == [("USD", "failed", f"limited, code {code}: Spent.")]
    assert len(sandbox.requests(CMC)) == 1
    assert landed_pages(CMC) == 0


def test_a_limit_of_the_minute_is_waited_for(sandbox, fetches):
    sandbox.refuse(CMC, status=429, times=1, retry_after=0)

    ingest(CMC)

    assert fetches(CMC) == [("USD", "ok", None)]
    assert len(sandbox.requests(CMC)) == 2


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
        (CC, 200, [], "failed", "no coins (HTTP 200"),
    ],
)
def test_what_is_no_ranking_is_refused_or_fails(
    sandbox, system, status, body, outcome, said
):
    fault = {} if body is None else {"body": body}
    sandbox.refuse(system, status=status, **fault)
    answer = http.get(f"{sandbox.url}/{system}/", {})
    kind = http.RefusedError if outcome == "refused" else http.FailedError

    with pytest.raises(kind, match=re.escape(said)):
        MODULES[system].listed(answer)


@BOTH
def test_a_refused_key_is_told_in_a_sentence_and_lands_nothing(
    sandbox, fetches, landed_pages, system
):
    sandbox.refuse(system, status=403, times=None)

    ingest(system)

    ((key, outcome, sentence),) = fetches(system)
    assert (key, outcome) == ("USD", "refused")
    assert sentence.startswith("HTTP 403, ")
    assert landed_pages(system) == 0
    assert len(sandbox.requests(system)) == 1


def test_an_answer_without_coins_is_a_failure(sandbox, fetches, landed_pages):
    sandbox.refuse(CC, body={"Data": {"LIST": []}, "Err": {}})

    ingest(CC)

    assert fetches(CC) == [("USD", "failed", "an answer without coins")]
    assert landed_pages(CC) == 0


def test_no_limit_is_taken_for_a_ranking(sandbox, environment, fetches):
    environment["SOURCES__CRYPTOCOMPARE__IS_LEGACY"] = "true"
    sandbox.control(CC, limits={"day": 2})

    ingest(CC)

    ((_, outcome, sentence),) = fetches(CC)
    assert outcome == "failed"
    assert sentence.endswith("(calls of the day used up))")


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
    stored += database.query(f"select * from raw.{system}__fetches")  # noqa: S608 - a table of ours
    assert secret not in f"{good} {bad} {stored} {log.read_text()}"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    for asked in sandbox.requests(system):
        assert secret not in str(asked)
