"""The source's time counts, not ours: what a wrong clock did is asked for anew."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import partial
from random import Random

import pytest

from ingestion import clock, keys
from ingestion.ingest import ingest
from ingestion.report import Key
from ingestion.window import Window
from tests.ingestion.test_origins import doctor
from tests.support.rankings import MODELS

DAYS = timedelta(days=8)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OVER_HTTP = ("binance", "plant", "xe", "ecb", "ethereum")
BY_DAYS = ("binance", "plant", "ethereum")
OFTEN_WRONG = [
    *[timedelta(hours=hours) for hours in (0, 0, 1, 30, 192, 2000, -1, -100)],
    *(timedelta(seconds=40), timedelta(seconds=-40), timedelta(minutes=2)),
]
PAIRS = """
select snapshot_at, count(*), max(skew_seconds)
from marts.fct_coin_ranks_1m
group by 1
order by 1
"""
REQUESTS = """
select pages.request, pages.answered_at
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
    """Return stand-ins whose clocks are right; a first run asks for two days."""
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
            spans = property(lambda key: (key.asked.start, key.asked.end))
            monkeypatch.setattr(keys, "_bounded", lambda *args: args[-1])
            monkeypatch.setattr(Key, "answered", spans)
            monkeypatch.setattr(keys, "is_ahead", lambda *_: False)
        else:
            monkeypatch.undo()

    return believing


def asked(database, system):
    """Return from when to when each page of a system is, up to the source's time."""
    names = {
        "binance": ("binance__klines", "startTime", "endTime"),
        "plant": ("plant__readings", "start", "end"),
        "ethereum": ("ethereum__token_transfers", "from", "to"),
    }
    table, start, end = names[system]
    spans = []
    for request, known_at in database.query(REQUESTS.format(table)):
        told = json.loads(request)
        spans.append((_time(told[start]), min(_time(told[end]), known_at)))
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
    sources, back, off, believing, database, system, was_believed
):
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    back(DAYS + timedelta(hours=2))
    ingest(system)  # by a clock that is that much ahead as well
    back(DAYS)
    believing(was_believed)
    report = ingest(system)
    believing(False)
    if was_believed:  # the next run finds the clock right, and a cursor to come
        back(DAYS - HOUR)
        off(HOUR - DAYS)
        assert ingest(system).warning is None
        off()
    else:
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
        noted = f"select max(asked_to) from raw.{system}__fetches where outcome = {{}}"  # noqa: S608 - a table of ours
        for outcome in ("'ok'", "'empty'"):
            ((newest,),) = database.query(noted.format(outcome))
            known_at = datetime.now(UTC) - DAYS + MINUTE
            assert newest is None or newest <= known_at


def test_what_has_not_come_is_no_time_to_ask_again_for(sources, back, database):
    back(DAYS)
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(day - timedelta(days=2), day - timedelta(days=1))

    for system in ("binance", "plant", "ethereum"):
        report = ingest(system, window)

        assert {key.outcome for key in report.bad} == {"failed"}
        assert not report.pages
        assert "has not come by the source's clock" in report.sentence()


@pytest.mark.parametrize("system", ["plant", "ethereum"])
def test_a_first_run_by_a_clock_that_is_ahead_asks_by_the_sources(
    sources, back, database, system
):
    back(DAYS)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    assert not ingest(system).bad

    assert_no_hole(
        asked(database, system), midnight - DAYS - timedelta(days=2), midnight - DAYS
    )


def test_after_a_wrong_clock_the_newest_rates_are_as_new_as_before(
    sources, off, database
):
    ingest("ecb")
    off(DAYS)
    assert "8 days ahead" in ingest("ecb").warning
    off()
    ingest("ecb")

    asked = [entry["path"].rsplit("/", 1)[1] for entry in sources.requests("ecb")]
    assert asked == ["eurofxref-hist.zip", "eurofxref.zip", "eurofxref.zip"]


def test_after_a_break_by_the_sources_clock_the_history_is_asked_for(
    sources, back, database
):
    back(DAYS)
    ingest("ecb")
    back(timedelta())

    assert ingest("ecb").pages == 1

    files = "select request::jsonb ->> 'file' from raw.ecb__rates"
    assert {file for (file,) in database.query(files)} == {"eurofxref-hist.zip"}


def test_prices_find_their_ranks_whichever_clock_was_wrong(sources, off, database, dbt):
    wait_for_the_minutes_start()
    off(timedelta(hours=1))
    assert "1 hour ahead" in ingest("coinmarketcap").warning
    off()
    assert ingest("cryptocompare").warning is None
    dbt("run", "-s", *MODELS)
    once = database.query(PAIRS)
    wait_for_another_minute()
    for system in ("coinmarketcap", "cryptocompare"):
        ingest(system)
    dbt("run", "-s", *MODELS)

    ((first, count, apart),) = once
    assert abs(first - datetime.now(UTC)) < 5 * MINUTE
    assert count > 100
    assert apart < 60
    assert len(database.query(PAIRS)) == 2


def wait_for_another_minute():
    time.sleep(60 - datetime.now(UTC).second)


def wait_for_the_minutes_start():
    """Wait until so much of a minute is left that both are asked within it."""
    left = 60 - datetime.now(UTC).second
    time.sleep(left if left < 40 else 0)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(), None),
        (timedelta(seconds=40), None),
        (timedelta(minutes=2), "2 minutes ahead of"),
        (timedelta(hours=-3), "3 hours behind"),
        (timedelta(days=8, hours=1), "8 days and 1 hour ahead of"),
    ],
)
def test_a_run_tells_by_how_much_the_clock_is_off(sources, off, database, ahead, said):
    off(ahead)

    warning = ingest("ecb").warning

    assert (said in warning) if said else (warning is None)


def test_an_answer_that_was_long_under_way_is_no_skew(sources, database):
    sources.refuse("ecb", delay=3, headers={"Age": "120"})

    report = ingest("ecb")

    assert report.skew < timedelta()
    sources.refuse("ecb", delay=3)
    assert abs(ingest("ecb").skew) < timedelta(seconds=1)


def test_a_date_to_ask_again_after_is_of_the_sources_clock(sources, off, database):
    off(DAYS)
    later = formatdate(time.time() + 2, usegmt=True)
    sources.refuse("ecb", status=429, headers={"Retry-After": later})
    began = time.monotonic()

    assert not ingest("ecb").bad

    assert 1 <= time.monotonic() - began < 20


def test_doctor_tells_of_a_clock_that_was_off_and_of_cursors_to_come(
    sources, off, believing, database
):
    ingest("plant")
    said = doctor()
    assert "clock" not in said
    assert "cursor" not in said
    believing(True)
    off(DAYS)
    ingest("plant")
    believing(False)

    assert "The cursor of plant's T01 lies in the future" in doctor()
    off(DAYS)
    ingest("plant")
    said = doctor()
    assert "clock was 11,520 minutes ahead of that of plant" in said
    assert "cursor" not in said
    off()
    ingest("plant")
    assert "clock" not in doctor()


def test_the_marts_lack_nothing_of_the_days_of_a_wrong_clock(
    sources, back, database, dbt
):
    systems = ("binance", "plant", "ethereum")
    back(DAYS)
    for system in systems:
        ingest(system)
    dbt("run", "-s", "+rpt_gaps", "+fct_turbine_signals_10m")
    back(timedelta())
    for system in systems:
        assert not ingest(system).bad
    dbt("run", "-s", "+rpt_gaps", "+fct_turbine_signals_10m")

    assert not database.query("select * from marts.rpt_gaps where not is_source_gap")
    days = f"{DAYS.days - 1} days"
    for query in (
        "select count(*) from marts.fct_candles_1d where is_complete and opened_at > ",
        "select count(distinct window_started_at::date) "
        "from marts.fct_turbine_signals_10m where window_started_at > ",
        "select count(*) from marts.fct_token_transfers_1d where transfer_date > ",
    ):
        ((count,),) = database.query(f"{query} now() - interval '{days}'")
        assert count >= DAYS.days - 2, query


def test_doctor_tells_of_gaps_to_come(database):
    tell = partial(database.query, role="transformer")
    tell("create table marts.rpt_gaps as select 'plant' as system, 'T01' as series_key")
    tell("alter table marts.rpt_gaps add gap_to timestamptz default now()")
    assert "has a gap" not in doctor()

    tell("update marts.rpt_gaps set gap_to = now() + interval '8 days'")

    assert "plant's T01 has a gap up to" in doctor()


SEEDS = range(1)
MANY = range(1, 40)


@pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.long) for seed in MANY)]
)
def test_whichever_clock_is_wrong_and_when_no_day_is_missed(
    sources, database, monkeypatch, seed
):
    chance = Random(seed)  # noqa: S311 - chance, not a secret
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    began = at = today - timedelta(days=30)
    ahead = timedelta()
    monkeypatch.setattr(clock, "now", lambda: at + ahead)
    for step in range(8):
        sources.at(at.isoformat())
        for system in chance.sample(BY_DAYS, len(BY_DAYS) if step == 0 else 2):
            ingest(system)
        ahead = chance.choice(OFTEN_WRONG)
        at += chance.randrange(1, 60) * timedelta(hours=1)
    ahead = timedelta()
    sources.at(at.isoformat())

    for system in BY_DAYS:
        assert not ingest(system).bad
        is_ethereum = system == "ethereum"
        end = at.replace(hour=0) if is_ethereum else at - 2 * MINUTE
        assert_no_hole(asked(database, system), began, end)
