"""The source's time counts, not ours: what a wrong clock did is asked for anew."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingestion import clock, keys
from ingestion.ingest import ingest
from ingestion.report import Key
from ingestion.window import Window

DAYS = timedelta(days=8)
MINUTE = timedelta(minutes=1)
OVER_HTTP = ("binance", "plant", "xe", "ecb", "ethereum")
CURSORS = "select state from raw._dlt_pipeline_state where pipeline_name = %s"
REQUESTS = """
select pages.request
from raw.{} as pages
inner join raw._dlt_loads as loads
    on pages._dlt_load_id = loads.load_id and loads.status = 0
"""


@pytest.fixture
def off(monkeypatch):
    """Return what sets this host's clock ahead, or right again."""
    now = clock.now

    def off(ahead=timedelta()):
        monkeypatch.setattr(clock, "now", lambda: now() + ahead)

    return off


@pytest.fixture
def sources(sandbox, environment, database):
    """Give stand-ins whose clocks are right; a first run asks for two days."""
    sandbox.at(None)
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    for system in ("BINANCE", "PLANT", "ETHEREUM"):
        environment[f"SOURCES__{system}__FIRST_DAYS"] = "2"
    environment["SOURCES__XE__CURRENCIES"] = '["NGN"]'
    return sandbox


@pytest.fixture
def back(sources):
    """Return what sets the sources' clocks back, so that ours is ahead of them."""

    def back(by):
        sources.at((datetime.now(UTC) - by).isoformat())

    yield back
    sources.at(None)


@pytest.fixture
def believing(monkeypatch):
    """Have the next runs believe this host's clock, as they once did."""

    def believing(is_so):
        if is_so:
            monkeypatch.setattr(keys, "_bounded", lambda *args: args[-1])
            monkeypatch.setattr(
                Key, "answered", property(lambda key: (key.asked.start, key.asked.end))
            )
            monkeypatch.setattr(keys, "is_ahead", lambda *_: False)
        else:
            monkeypatch.undo()

    return believing


def asked(database, system):
    """Return from when to when each day of a system was landed."""
    found = {}
    names = {
        "binance": ("binance__klines", "startTime", "endTime"),
        "plant": ("plant__readings", "start", "end"),
        "ethereum": ("ethereum__token_transfers", "from", "to"),
    }
    table, start, end = names[system]
    spans = []
    for (request,) in database.query(REQUESTS.format(table)):
        told = json.loads(request)
        spans.append((_time(told[start]), _time(told[end])))
    return sorted(spans)


def _time(value):
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC)
    return datetime.fromisoformat(value)


def assert_no_hole(spans, start, end):
    """Assert that spans cover all from a start to an end."""
    for first, last in spans:
        if first <= start:
            start = max(start, last)
    assert start >= end, spans


@pytest.mark.parametrize("system", ["binance", "plant", "ethereum"])
@pytest.mark.parametrize("was_believed", [False, True])
def test_days_asked_for_before_they_came_are_asked_for_again(
    sources, back, believing, database, system, was_believed
):
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    back(DAYS + timedelta(hours=2))
    ingest(system)  # by a clock that is that much ahead as well
    back(DAYS)
    believing(was_believed)
    report = ingest(system)
    believing(False)
    if not was_believed:
        assert "8 days" in report.warning
    back(timedelta())

    report = ingest(system)

    assert report.warning is None
    assert not report.bad
    end = midnight if system == "ethereum" else datetime.now(UTC) - 5 * MINUTE
    assert_no_hole(asked(database, system), midnight - DAYS, end)


def test_nothing_is_noted_of_a_time_to_come(sources, back, database):
    back(DAYS)

    for system in OVER_HTTP:
        assert ingest(system).warning

    for system in OVER_HTTP:
        noted = f"select max(asked_to) from raw.{system}__fetches where outcome = {{}}"
        for outcome in ("'ok'", "'empty'"):
            ((newest,),) = database.query(noted.format(outcome))
            known_at = datetime.now(UTC) - DAYS + MINUTE
            assert newest is None or newest <= known_at


def test_the_history_of_rates_is_asked_for_after_a_wrong_clock(
    sources, back, believing, database
):
    ingest("ecb")
    believing(True)
    back(-DAYS)
    ingest("ecb")
