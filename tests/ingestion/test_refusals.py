"""A refusal ends its key with one sentence; a limit is waited for, if it is short."""

import time

import pytest

from ingestion.ingest import ingest
from ingestion.sources import binance
from ingestion.window import Window

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
DAY = Window.between("2024-03-03", "2024-03-04")


def test_a_refused_key_ends_with_one_sentence_and_the_others_land(sandbox, landed):
    sandbox.lists("BANNED", "FIREWALL", "ILLEGAL", "BTCUSDT")
    sandbox.refuse(symbol="BANNED", status=451, times=None)
    sandbox.refuse(symbol="FIREWALL", status=403, times=None)
    sandbox.refuse(symbol="ILLEGAL", status=401, times=None)

    report = ingest(
        "binance", HOUR, symbols=["BANNED", "FIREWALL", "ILLEGAL", "UNKNOWN", "BTCUSDT"]
    )

    (banned, firewall, illegal, unknown) = landed.fetches("refused")
    assert banned[0] == "BANNED"
    assert banned[2].startswith("HTTP 451, code 0: Service unavailable from a restric")
    assert firewall == ("FIREWALL", "refused", "HTTP 403, code None: None")
    assert illegal[:2] == ("ILLEGAL", "refused")
    assert unknown == ("UNKNOWN", "refused", "HTTP 400, code -1121: Invalid symbol.")
    assert landed.fetches("ok") == [("BTCUSDT", "ok", None)]
    assert landed.minutes() == sandbox.minutes(
        "BTCUSDT", "2024-03-05T10:00", "2024-03-05T11:00"
    )
    assert [key.name for key in report.bad] == [
        *("BANNED", "FIREWALL", "ILLEGAL", "UNKNOWN")
    ]
    assert len(sandbox.requests()) == 5, "a refusal is not asked again"


def test_a_rate_limited_page_is_asked_again_after_the_time_it_names(sandbox, landed):
    sandbox.refuse(status=429, retry_after=1, skip=1)
    started = time.monotonic()

    ingest("binance", DAY)

    assert time.monotonic() - started > 1
    assert [entry["status"] for entry in sandbox.requests()] == [200, 429, 200]
    assert landed.minutes() == sandbox.minutes("BTCUSDT", "2024-03-03", "2024-03-04")


@pytest.mark.parametrize("status", [418, 429])
def test_a_limit_that_lasts_longer_than_we_wait_is_not_asked_again(
    sandbox, landed, status
):
    sandbox.refuse(status=status, retry_after=3, skip=1, times=None)

    ingest("binance", DAY)

    [fetch] = landed.fetches()
    assert fetch == ("BTCUSDT", "failed", "limited, asks to wait 3 s")
    assert [entry["status"] for entry in sandbox.requests()] == [200, status]
    assert landed.minutes() == sandbox.minutes(
        "BTCUSDT", "2024-03-03", "2024-03-03T16:40"
    )


def test_a_short_limit_that_never_ends_fails_after_some_tries(sandbox, landed):
    sandbox.refuse(status=429, retry_after=0, times=None)

    ingest("binance", HOUR)

    assert landed.fetches() == [("BTCUSDT", "failed", "limited, asks to wait 0 s")]
    assert len(sandbox.requests()) == 3


@pytest.mark.parametrize(("used", "sleeps"), [(5400, []), (5401, [31]), (6000, [31])])
def test_near_the_limit_the_next_minute_is_waited_for(
    sandbox, monkeypatch, used, sleeps
):
    slept = []
    monkeypatch.setattr(binance, "sleep", slept.append)
    sandbox.refuse(headers={"X-MBX-USED-WEIGHT-1M": str(used)})

    list(binance.klines(f"{sandbox.url}/binance", "BTCUSDT", DAY))

    assert slept == sleeps, "the stand-in's clock stands at second 30"


def test_the_real_limit_of_the_exchange_is_never_overrun(sandbox, monkeypatch):
    sandbox.control(limits={"weight": 10})
    monkeypatch.setattr(binance, "WEIGHT_A_MINUTE", 10)
    monkeypatch.setattr(
        binance, "sleep", lambda _: sandbox.control(limits={"weight": 10})
    )
    days = Window.between("2024-02-20", "2024-03-05")

    pages = list(binance.klines(f"{sandbox.url}/binance", "BTCUSDT", days))

    assert sum(page.records for page in pages) == 14 * 1440
    assert {entry["status"] for entry in sandbox.requests()} == {200}
