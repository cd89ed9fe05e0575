"""XE's rates: one request a run, days in pages, and what the account is not given."""

import json
from base64 import b64encode

import pytest

from ingestion import http
from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.sources import xe
from ingestion.window import Window

CURRENCIES = ["NGN", "GHS", "KES", "UGX", "MAD", "XOF", "EGP"]
ASKED = ",".join(CURRENCIES)
ACCOUNT = ("stand-in", "stand-in")
DAY = Window.between("2024-03-05", "2024-03-06")


@pytest.fixture
def api(sandbox):
    """Return the API as the account asks it, without a database."""
    return xe.Api(f"{sandbox.url}/xe", ACCOUNT, "USD", CURRENCIES)


@pytest.fixture
def pages(database):
    """Return what looks up request and body of each landed page."""

    def pages():
        rows = database.query("select request, payload from raw.xe__rates order by 1")
        return [(json.loads(request), json.loads(body)) for request, body in rows]

    return pages


@pytest.fixture
def fetches(database):
    """Return what looks up key, outcome and sentence of each fetch."""
    return lambda: database.query(
        "select key, outcome, sentence from raw.xe__fetches order by 1"
    )


def asked(sandbox):
    """Return path and query of what XE was asked."""
    return [
        (entry["path"].removeprefix("/xe/"), entry["query"])
        for entry in sandbox.requests("xe")
    ]


def days(found):
    """Return the days of NGN in pages, in their order."""
    return [
        rate["timestamp"][:10]
        for page in found
        for rate in json.loads(page.row["payload"])["to"].get("NGN", [])
    ]


def test_a_scheduled_run_asks_once_for_all_and_lands_the_body_as_sent(
    sandbox, pages, fetches
):
    report = ingest("xe")

    assert asked(sandbox) == [
        ("convert_from.json", {"from": "USD", "to": ASKED, "amount": "1"})
    ]
    ((request, body),) = pages()
    parameters = {"from": "USD", "to": ASKED, "amount": 1}
    assert request == {"endpoint": "convert_from", **parameters}
    assert body["timestamp"] == "2024-03-05T12:00:00Z"
    assert {rate["quotecurrency"] for rate in body["to"]} == set(CURRENCIES)
    assert fetches() == [("USD", "ok", None)]
    assert report.sentence().startswith("xe: 1 pages, 7 rates of 1 keys in ")


@pytest.mark.parametrize("absent", ["API_ID", "API_KEY"])
def test_without_an_account_nothing_is_asked(
    sandbox, database, environment, capsys, absent
):
    del environment[f"SOURCES__XE__{absent}"]

    code = main(["xe"])

    said = f"xe: not asked, since SOURCES__XE__{absent} is not set"
    assert said in capsys.readouterr().out
    assert code == 1
    assert sandbox.requests("xe") == []


def test_an_unanswered_currency_fails_and_the_others_land(
    sandbox, pages, fetches, capsys
):
    sandbox.control("xe", leave_out=["XOF", "MAD"])

    code = main(["xe"])

    missing = "asked, but not in the answer"
    assert fetches() == [
        ("MAD", "failed", missing),
        ("USD", "ok", None),
        ("XOF", "failed", missing),
    ]
    assert len(pages()[0][1]["to"]) == 5
    assert f"; MAD failed: {missing}; XOF failed: {missing}" in capsys.readouterr().out
    assert code == 1


def test_a_code_that_is_none_is_refused_and_never_asked(sandbox, pages, fetches):
    ingest("xe", currencies=["NGN", "xof", "A&amount=9"])

    refused = "a currency's code is three capital letters"
    assert fetches() == [
        ("A&amount=9", "refused", refused),
        ("USD", "ok", None),
        ("xof", "refused", refused),
    ]
    assert [query["to"] for _, query in asked(sandbox)] == ["NGN"]


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ({"code": 7, "message": "No CADK found"}, http.RefusedError, "code 7: No CADK"),
        ({"code": 1, "message": "Bad credent"}, http.RefusedError, "code 1: Bad cred"),
        ({"code": 99, "message": "Oh"}, http.FailedError, "HTTP 200, code 99: Oh"),
        ({"code": 5, "message": "Oh", "to": []}, http.FailedError, "code 5: Oh"),
        ({"from": "USD", "amount": 1}, http.FailedError, "no rates"),
        ("<html>", http.FailedError, "no rates"),
        ([], http.FailedError, "no rates"),
    ],
)
def test_a_body_without_rates_is_an_error_even_with_200(sandbox, api, body, kind, said):
    sandbox.refuse("xe", body=body)

    with pytest.raises(kind, match=said):
        api.now(DAY)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusing_status_is_not_asked_again(sandbox, api, status):
    sandbox.refuse("xe", status=status, times=None)

    with pytest.raises(http.RefusedError, match=f"HTTP {status}, code"):
        api.now(DAY)

    assert len(sandbox.requests("xe")) == 1


def test_a_spent_quota_fails_the_key(sandbox, fetches):
    sandbox.control("xe", quota=0)

    ingest("xe")

    assert fetches() == [("USD", "failed", "limited, asks to wait 0 s")]


def test_days_come_in_pages_until_one_is_not_full(sandbox, api, monkeypatch):
    monkeypatch.setattr(xe, "PAGE_DAYS", 30)
    span = Window.between("2023-11-01", "2024-01-15")

    found = list(api.past(span))

    assert len(days(found)) == len(set(days(found))) == 75
    assert days(found)[0] == "2023-11-01"
    assert days(found)[-1] == "2024-01-14"
    assert [query["page"] for _, query in asked(sandbox)] == ["1", "2", "3"]
    (_, query) = asked(sandbox)[0]
    assert query["start_timestamp"] == "2023-11-01T00:00"
    assert query["end_timestamp"] == "2024-01-14T23:59"
    assert [page.records for page in found] == [210, 210, 105]


def test_an_empty_last_page_fails_no_currency(api, monkeypatch):
    monkeypatch.setattr(xe, "PAGE_DAYS", 10)

    found = list(api.past(Window.between("2023-11-01", "2023-11-21")))

    assert [page.records for page in found] == [70, 70, 0]
    assert [page.unanswered for page in found] == [(), (), ()]


def test_a_full_page_that_leads_nowhere_ends_with_a_failure(sandbox, api, monkeypatch):
    monkeypatch.setattr(xe, "PAGE_DAYS", 1)
    rate = {"mid": 1.5, "timestamp": "2023-11-01T12:00:00Z"}
    sandbox.refuse("xe", times=None, body={"from": "USD", "to": {"NGN": [rate]}})

    with pytest.raises(http.FailedError, match="pagination did not advance on page 2"):
        list(api.past(Window.between("2023-11-01", "2023-11-21")))


def test_one_past_day_is_asked_by_its_date(sandbox, pages):
    ingest("xe", Window.between("2024-02-03", "2024-02-04"))

    ((path, query),) = asked(sandbox)
    assert path == "historic_rate.json"
    assert query["date"] == "2024-02-03"
    assert pages()[0][1]["timestamp"] == "2024-02-03T00:00:00Z"


def test_a_backfill_that_broke_off_goes_on_behind_its_last_day(
    sandbox, pages, monkeypatch
):
    monkeypatch.setattr(xe, "PAGE_DAYS", 10)
    window = Window.between("2023-11-01", "2023-12-01")
    sandbox.refuse("xe", status=500, skip=1, times=3)

    first = ingest("xe", window)
    second = ingest("xe", window)

    assert [key.outcome for key in first.bad] == ["failed"]
    assert second.bad == []
    starts = [query["start_timestamp"] for _, query in asked(sandbox)]
    assert starts[0] == "2023-11-01T00:00"
    assert set(starts[4:]) == {"2023-11-10T12:01"}
    rates = [rate for _, body in pages() for rate in body["to"].get("NGN", [])]
    landed = [rate["timestamp"] for rate in rates]
    assert len(landed) == len(set(landed)) == 30


@pytest.mark.parametrize("end", ["2024-02-02", "2024-02-04"])
def test_a_span_with_an_unanswered_currency_is_asked_again(sandbox, database, end):
    window = Window.between("2024-02-01", end)
    sandbox.control("xe", leave_out=["XOF"])

    first = ingest("xe", window)
    sandbox.control("xe", leave_out=[])
    second = ingest("xe", window)

    assert [key.name for key in first.bad] == ["XOF"]
    assert second.bad == []
    assert len(sandbox.requests("xe")) == 2


def test_no_secret_is_landed_logged_or_said(
    sandbox, database, begin, environment, tmp_path
):
    secret = "hush" * 8
    sandbox.control("xe", account=["me", secret])
    log = tmp_path / "log"
    environment.update(
        SOURCES__XE__API_ID="me",
        SOURCES__XE__API_KEY=secret,
        LOG_LEVEL="DEBUG",
        RUNTIME__LOG_LEVEL="DEBUG",
        LOG_FILE=str(log),
    )

    good = begin("xe").end()
    sandbox.control("xe", account=["me", "another"])
    bad = begin("xe").end()

    assert (good[0], bad[0]) == (0, 1), (good, bad)
    assert "USD refused: HTTP 401, code 1: Bad credentials" in bad[1]
    stored = database.query("select * from raw.xe__rates")
    stored += database.query("select * from raw.xe__fetches")
    everything = f"{good} {bad} {stored} {log.read_text()}"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    for word in (secret, b64encode(f"me:{secret}".encode()).decode()):
        assert word not in everything
        assert [path for path in kept if word.encode() in path.read_bytes()] == []
