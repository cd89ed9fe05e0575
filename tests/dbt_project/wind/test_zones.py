"""Times without an offset are of the zone that the turbine was asked with."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from ingestion.ingest import ingest
from ingestion.plant_stamps import Stamps
from ingestion.window import Window
from tests.support.readings import DAY, FETCHED, HOUR, MINUTE, TABLE
from tests.support.windows import MODELS

VIENNA = "Europe/Vienna"
AUTUMN = datetime(2023, 10, 29, tzinfo=UTC)
SPRING = datetime(2024, 3, 31, tzinfo=UTC)
GAPS = ("-s", "+rpt_gaps", "stg_plant__readings__rejected")
TWICE = "in an hour that comes twice, and the order does not tell which"
READ = "select read_at, value from staging.stg_plant__readings order by 1"
REASONS = """
select item ->> 'timestamp', reason
from staging.stg_plant__readings__rejected
order by 1
"""


class Answer(NamedTuple):
    """A page, with all that it was asked with."""

    key: str
    start: datetime
    end: datetime
    request: str
    payload: str
    fetched_at: datetime
    answered_at: datetime | None


def answer(rows, start, end, turbine="T01", fetched_at=FETCHED, **said):
    """Return a page of rows by the clocks of Vienna, or as is said."""
    asked = {"columns": ["power"], "turbine": turbine, "zone": VIENNA, **said}
    for name, time in (("start", start), ("end", end)):
        asked[name] = f"{time:%Y-%m-%dT%H:%M:%SZ}"
    request = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return Answer(turbine, start, end, request, json.dumps(rows), fetched_at, None)


def local(instants, zone=VIENNA):
    """Return a row each of instants, by a zone's clocks; its value tells which."""
    return [
        {
            "timestamp": f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M:%S}",
            "power": (instant - AUTUMN) / MINUTE,
        }
        for instant in instants
    ]


def every(step, start, end):
    return [start + place * step for place in range((end - start) // step)]


@pytest.fixture
def build(raw, dbt, database):
    """Return what lands a span's answer, and returns the readings and the rejects."""

    def build(rows, start=AUTUMN, end=AUTUMN + 24 * HOUR, models=MODELS, **said):
        raw.land([answer(rows, start, end, **said)], table=TABLE)
        dbt("build", *models)
        return database.query(READ), database.query(REASONS)

    return build


def expected(instants):
    """Return the readings of rows that `local` made, each taken for its instant."""
    return [(instant, (instant - AUTUMN) / MINUTE) for instant in sorted(instants)]


def by_ingestion(rows, start, end=AUTUMN + 24 * HOUR):
    """Return when ingestion takes readings to be of, which settles what is missing."""
    times = Stamps(VIENNA).times([row["timestamp"] for row in rows], Window(start, end))
    return {time for time in times if time}


HOURS = every(10 * MINUTE, AUTUMN - HOUR, AUTUMN + 3 * HOUR)
FIRST, SECOND = AUTUMN, AUTUMN + HOUR
OUTAGE = [
    one for one in HOURS if not AUTUMN + 20 * MINUTE <= one < SECOND + 10 * MINUTE
]
DECIDED = {
    "in time's order": HOURS,
    "against it": HOURS[::-1],
    "each twice": [one for one in HOURS for _ in range(2)],
    "an outage over the turn": OUTAGE,
    "an hour a reading": every(HOUR, AUTUMN - 2 * HOUR, AUTUMN + 4 * HOUR),
    "half an hour a reading": every(HOUR / 2, AUTUMN - HOUR, AUTUMN + 3 * HOUR),
    "that hour alone": every(MINUTE, FIRST, FIRST + 2 * HOUR),
}


@pytest.mark.parametrize("instants", DECIDED.values(), ids=DECIDED)
def test_the_order_of_the_answer_tells_which_of_two_equal_hours_a_reading_is_of(
    build, instants
):
    found = build(local(instants), AUTUMN - HOUR)

    assert found == (expected(set(instants)), [])
    assert by_ingestion(local(instants), AUTUMN - HOUR) == set(instants)


UNDECIDED = {
    "the first alone": [one for one in HOURS if not SECOND <= one < SECOND + HOUR],
    "the second alone": [one for one in HOURS if not FIRST <= one < FIRST + HOUR],
    "sorted by the clock": sorted(HOURS, key=lambda one: local([one])[0]["timestamp"]),
    "one is late": [*HOURS[:8], HOURS[9], HOURS[8], *HOURS[10:]],
    "neither in nor against time's order": [*HOURS[4:], *HOURS[:4]],
}


@pytest.mark.parametrize("instants", UNDECIDED.values(), ids=UNDECIDED)
def test_where_the_order_does_not_tell_all_of_the_hour_is_in_quarantine(
    build, instants
):
    is_twice = {one: FIRST <= one < SECOND + HOUR for one in instants}

    readings, rejects = build(local(instants), AUTUMN - HOUR)

    assert readings == expected(one for one in instants if not is_twice[one])
    stamps = [row["timestamp"] for row in local(filter(is_twice.get, instants))]
    assert rejects == [(stamp, TWICE) for stamp in sorted(stamps)]
    assert rejects
    assert by_ingestion(local(instants), AUTUMN - HOUR) == {at for at, _ in readings}


def spoilt(chance):
    """Return an answer over the two hours as a plant may give it, whole or not."""
    step = chance.choice([5, 10, 20, 30, 60]) * MINUTE
    instants = every(step, AUTUMN - 2 * HOUR, AUTUMN + 4 * HOUR)
    for _ in range(chance.randrange(3)):
        place = chance.randrange(len(instants))
        match chance.choice(["drop", "one", "repeat", "sort", "reverse", "swap"]):
            case "drop":
                del instants[place : place + chance.randrange(1, 12)]
            case "one":
                instants = [one for one in instants if one < FIRST or one >= SECOND]
            case "repeat":
                instants.insert(place, instants[place])
            case "sort":
                instants.sort(key=lambda one: local([one])[0]["timestamp"])
            case "reverse":
                instants.reverse()
            case "swap":
                instants[place], instants[-1] = instants[-1], instants[place]
    return instants


def test_ingestion_and_staging_take_an_answer_the_same_way(raw, dbt, database):
    chance = Random(3)  # noqa: S311 - no secret
    expected, pages = set(), []
    for place in range(200):
        rows = local(spoilt(chance))
        start = (
            AUTUMN + chance.choice([-2, 0, 1]) * HOUR + chance.choice([0, 7]) * MINUTE
        )
        expected |= {
            (f"T{place}", time) for time in by_ingestion(rows, start, start + 9 * HOUR)
        }
        pages.append(answer(rows, start, start + 9 * HOUR, f"T{place}"))
    raw.land(pages, table=TABLE)

    dbt("build", "-s", "+stg_plant__readings")

    found = database.query(
        "select turbine_id, read_at from staging.stg_plant__readings"
    )
    assert set(found) == expected


def test_what_was_asked_tells_where_it_holds_one_of_the_two_hours_alone(build):
    first = every(MINUTE, FIRST + 40 * MINUTE, SECOND)
    second = every(MINUTE, SECOND + 5 * MINUTE, SECOND + 20 * MINUTE)
    straddling = every(MINUTE, FIRST + 30 * MINUTE, SECOND + 10 * MINUTE)

    for instants in (first, second, straddling):
        asked = instants[0], instants[-1] + MINUTE
        readings, rejects = build(local(instants), *asked)
        assert by_ingestion(local(instants), *asked) == set(instants)

    assert readings == expected({*first, *second, *straddling})
    assert rejects == []


def test_the_hour_that_spring_lacks_is_no_gap_and_a_reading_in_it_is_rejected(
    build, database
):
    instants = every(MINUTE, SPRING, SPRING + 3 * HOUR)
    lost = {"timestamp": "2024-03-31T02:30:00", "power": 1}

    readings, rejects = build(
        [*local(instants), lost], SPRING, SPRING + 24 * HOUR, models=GAPS
    )

    assert [at for at, _ in readings] == instants
    assert by_ingestion([lost], SPRING, SPRING + 24 * HOUR) == set()
    assert rejects == [
        (lost["timestamp"], f"in an hour that the clocks of {VIENNA} left out")
    ]
    assert database.query("select * from marts.rpt_gaps") == []


def test_a_zone_is_of_the_pages_that_were_asked_with_it_and_of_no_offset(
    build, dbt, database
):
    stamps = ["2024-01-10T12:00:00", "2024-06-10T12:00:00", "2024-06-10 12:00:00+05:30"]
    rows = [{"timestamp": stamp, "power": 1} for stamp in stamps]

    build(rows, zone=None)
    build(rows, zone="Australia/Lord_Howe")
    found, _ = build(rows, zone="America/New_York")
    dbt("run", "--full-refresh", *MODELS)

    hours = ["01-10T12", "01-10T01", "01-10T17", "06-10T12", "06-10T01", "06-10T16"]
    expected = {datetime.fromisoformat(f"2024-{hour}:00Z") for hour in hours}
    expected |= {datetime(2024, 6, 10, 6, 30, tzinfo=UTC)}
    lord_howe = datetime(2024, 6, 10, 1, tzinfo=UTC)
    expected = expected - {lord_howe} | {lord_howe + HOUR / 2}
    assert {at for at, _ in found} == expected
    assert database.query(READ) == found


def test_what_was_read_in_another_zone_goes_where_it_is_asked_again(build):
    start = AUTUMN + 7 * DAY
    days = every(DAY, start, start + 2 * DAY)
    instants = every(HOUR, start, start + 2 * DAY)
    rows = [local(every(HOUR, day, day + DAY)) for day in days]

    for day, told in zip(days, rows, strict=True):
        misread, _ = build(told, day, day + DAY, zone=None)
    for day, told in zip([*days, start + 2 * DAY], [*rows, []], strict=True):
        asked = {"fetched_at": FETCHED + HOUR}
        mended, _ = build(told, day, day + DAY, **asked)

    assert {at - HOUR for at, _ in misread} <= set(instants)
    assert misread[-1][0] == instants[-1] + HOUR
    assert [at for at, _ in mended] == instants


def test_an_unknown_zone_and_a_stamp_of_the_future_are_rejected_alone(build):
    known = FETCHED.astimezone(ZoneInfo(VIENNA)).replace(tzinfo=None)
    stamps = [known - MINUTE, known + MINUTE]
    rows = [{"timestamp": stamp.isoformat(), "power": 1} for stamp in stamps]

    build(rows[:1], zone="Europe/Atlantis")
    readings, rejects = build(rows)

    assert [at for at, _ in readings] == [FETCHED - MINUTE]
    assert [reason for _, reason in rejects] == [
        "of a time zone that Postgres does not know",
        "in the future",
    ]


def test_a_stamp_of_a_periods_end_is_set_back_and_the_interval_tells_what_is_missing(
    build, database
):
    ends = every(10 * MINUTE, AUTUMN + 10 * MINUTE, AUTUMN + 24 * HOUR + 10 * MINUTE)
    del ends[50:52]

    found, rejects = build(
        local(ends), stamp="end", sampling_seconds=600, models=(*GAPS, "+dim_signals")
    )

    starts = [end - 10 * MINUTE for end in ends]
    assert [at for at, _ in found] == starts
    assert rejects == []
    windows = database.query(
        "select window_started_at, expected_count, coverage, is_incomplete "
        "from marts.fct_turbine_signals_10m order by 1"
    )
    assert windows == [(start, 1, 1.0, False) for start in starts]
    gap = AUTUMN + 500 * MINUTE
    assert database.query(
        "select gap_from, gap_to, missing_count from marts.rpt_gaps"
    ) == [(gap, gap + 20 * MINUTE, 2)]


@pytest.mark.parametrize("seconds", [1, 10, 60, 450, 900, 3600])
def test_any_interval_that_divides_a_day_tells_what_is_missing(
    build, database, seconds
):
    step = timedelta(seconds=seconds)
    instants = every(step, AUTUMN + 4 * HOUR, AUTUMN + 7 * HOUR)
    lost = len(instants) // 2
    del instants[lost]

    build(local(instants), sampling_seconds=seconds, models=GAPS)

    assert database.query("select sum(missing_count) from marts.rpt_gaps") == [(1,)]


@pytest.mark.parametrize(
    ("start", "seconds", "stamp"),
    [
        ("2024-10-26T12:00Z", 60, "start"),
        ("2024-10-26T12:00Z", 600, "end"),
        ("2025-03-29T12:00Z", 300, "end"),
    ],
)
def test_a_plant_that_stamps_by_its_own_clock_gives_the_readings_of_one_that_does_not(
    sandbox, dbt, database, start, seconds, stamp
):
    sandbox.at("2025-06-01T00:00Z")
    form = {"zone": VIENNA, "seconds": seconds, "stamp": stamp}
    sandbox.control("plant", form={"turbine": "T01", **form})
    window = Window(begin := datetime.fromisoformat(start), begin + 36 * HOUR)

    ingest(
        "plant",
        window,
        base_url=f"{sandbox.url}/plant",
        turbines=["T01"],
        columns=["power"],
        zones=json.dumps({"T01": VIENNA}),
        sampling_seconds=json.dumps({"T01": seconds}),
        stamps=json.dumps({"T01": stamp}),
    )
    dbt("build", *GAPS)

    taken = every(timedelta(seconds=seconds), window.start, window.end)
    truth = sandbox.readings("T01", start, f"{window.end:%Y-%m-%dT%H:%MZ}")
    powers = {
        datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC): row["power"]
        for row in truth
    }
    assert database.query(READ) == [(at, powers[at]) for at in taken]
    assert database.query("select * from marts.rpt_gaps") == []
    assert database.query(REASONS) == []
