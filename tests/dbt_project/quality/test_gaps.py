"""Gaps equal those counted slot by slot, whatever comes later and in what order."""

from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from tests.dbt_project.quality.gap_truth import counted, gaps
from tests.support import klines, readings
from tests.support.database import kept
from tests.support.klines import DAY, FETCHED, HOUR, MINUTE, MONDAY
from tests.support.rates import ecb_file, xe_page
from tests.support.raw import Raw

GAPS = ("-s", "+rpt_gaps")
WINDOW = timedelta(minutes=10)
TABLES = {
    "binance": "binance__klines",
    "plant": readings.TABLE,
    "xe": "xe__rates",
    "ecb": "ecb__rates",
}
SYMBOLS = ("BTCUSDT", "ETHUSDT")
SQL = """
select system, series_key, gap_from, gap_to, missing_count, is_source_gap
from marts.rpt_gaps
order by 1, 2, 3
"""

FORGET = """
with version as (
    update ops.versions set version = version + 1 where model = 'stg_fetches'
    returning version
),

gone as (delete from staging.stg_fetches where outcome = 'empty' returning *)

insert into ops.vanished (model, version, key)
select 'stg_fetches', version.version, to_jsonb(gone)
from gone, version
"""


class World:
    """What landed of each series, and what its source is known to lack."""

    def __init__(self, raw):
        self.raw = raw
        self.minutes = {symbol: set() for symbol in SYMBOLS}
        self.readings = set()
        self.days = {"xe": set(), "ecb": set()}
        self.lacking = {}
        self.asked = {}

    def candles(self, symbol, start, end, without=()):
        """Land the candles of a span without some minutes."""
        self.raw.land(klines.pages(symbol, start, end, without=without))
        self.note("binance", symbol, start, end)
        self.minutes[symbol] |= set(klines.every_minute(start, end)) - set(without)

    def turbine(self, times):
        """Land readings of T01, a page a day."""
        for day in sorted({taken.date() for taken in times}):
            rows = [
                readings.row(taken, wind_speed=7.5, gust=None)
                for taken in sorted(times)
                if taken.date() == day
            ]
            start = datetime.combine(day, time(), UTC)
            self.raw.land(readings.runs(rows), table=readings.TABLE)
            self.note("plant", "T01", start, start + DAY)
        self.readings |= set(times)

    def rates(self, system, *days):
        """Land a rate of each day."""
        for day in days:
            at = f"{day:%Y-%m-%d}"
            if system == "xe":
                answer = xe_page({"NGN": 1500}, f"{at}T12:00:00Z", FETCHED)
            else:
                answer = ecb_file(f"Date,USD,JPY,\n{at},1.09,160.1,\n", FETCHED)
            self.raw.land_answers(f"{system}__rates", [answer])
            self.fail(system, {"xe": "USD", "ecb": "EUR"}[system], day, day + HOUR)
        self.days[system] |= set(days)

    def fail(self, system, key, start, end):
        """Note that a span was asked for, and that nothing of it came."""
        self.raw.land(table=TABLES[system], failed=[(key, start, end)])
        self.note(system, key, start, end)

    def lack(self, table, *spans):
        """Note that the source has nothing more in spans: key, start, end."""
        self.raw.land(table=table, gaps=spans)
        for key, start, end in spans:
            self.lacking.setdefault(key, []).append((start, end))
            self.note(table.split("__")[0], key, start, end)

    def note(self, system, key, start, end):
        """Remember that a key was asked for a span."""
        self.asked.setdefault((system, key), []).append((start, end))

    def was_asked(self, width, *keys, weekdays=range(7)):
        """Return what says of a slot whether a part of it was asked for."""
        spans = [span for key in keys for span in self.asked.get(key, ())]

        def was_asked(slot):
            return slot.weekday() in weekdays and any(
                start < slot + width and slot < end for start, end in spans
            )

        return was_asked

    def truth(self):
        """Return all gaps, in order."""
        found = {
            ("binance", symbol): gaps(
                counted(minutes, MINUTE),
                MINUTE,
                lacking=self.lacking.get(symbol, ()),
                is_open=self.was_asked(MINUTE, ("binance", symbol)),
            )
            for symbol, minutes in self.minutes.items()
        }
        lacking = self.lacking.get("T01", ())
        slots = counted(self.readings, WINDOW)
        lived = min(self.readings), max(self.readings) + MINUTE
        is_open = self.was_asked(WINDOW, ("plant", "T01"))
        found["plant", "T01"] = gaps(slots, WINDOW, 10, lacking, is_open, lived)
        xe, ecb = (counted(self.days[name], DAY) for name in ("xe", "ecb"))
        is_open = self.was_asked(DAY, ("xe", "USD"), ("xe", "USDNGN"))
        lacking = self.lacking.get("USDNGN", ())
        found["xe", "USDNGN"] = gaps(xe, DAY, 1, lacking, is_open)
        is_open = self.was_asked(DAY, ("ecb", "EUR"), weekdays=range(5))
        found["ecb", "EUR"] = gaps(ecb, DAY, 1, self.lacking.get("EUR", ()), is_open)
        return [
            (*series, *gap) for series, told in sorted(found.items()) for gap in told
        ]


@pytest.fixture(scope="module")
def known():
    """Return what is known of the world that landed, once it did."""
    return {}


@pytest.fixture
def world(database, dbt, known):
    """Return series with holes of all lengths, some of them the source's, built."""

    def make():
        known.update(vars(landed(Raw(database))))
        dbt("run", *GAPS)

    kept(database, "gaps_world", make)
    raw = Raw(database)
    raw.ids = known["raw"].ids
    world = World(raw)
    without = {name: value for name, value in known.items() if name != "raw"}
    vars(world).update(deepcopy(without))
    return world


def landed(raw):
    """Land series with holes of all lengths; some of them are the source's."""
    world = World(raw)
    chance = Random(7)  # noqa: S311 - no secret
    span = list(klines.every_minute(MONDAY, MONDAY + 2 * DAY))
    for symbol in SYMBOLS:
        holes = {time for time in chance.sample(span, 5)}
        start = chance.choice(span)
        holes |= set(klines.every_minute(start, start + 90 * MINUTE))
        world.candles(symbol, MONDAY, MONDAY + 2 * DAY, holes - {span[0], span[-1]})
    world.candles("BTCUSDT", MONDAY + 5 * DAY + HOUR, MONDAY + 5 * DAY + 2 * HOUR)
    world.candles("ETHUSDT", MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    start = readings.START
    times = set(klines.every_minute(start + 3 * MINUTE, start + DAY + 5 * HOUR))
    times -= set(chance.sample(sorted(times), 4))
    times -= set(klines.every_minute(start + 2 * HOUR, start + 3 * HOUR + 7 * MINUTE))
    times -= set(klines.every_minute(start + 23 * HOUR, start + 25 * HOUR))
    world.turbine(times)
    world.rates("xe", MONDAY, MONDAY + DAY, MONDAY + 6 * DAY)
    world.rates("ecb", MONDAY, MONDAY + 2 * DAY, MONDAY + 9 * DAY)
    world.fail("binance", "BTCUSDT", MONDAY + 5 * DAY - HOUR, MONDAY + 5 * DAY)
    world.fail("plant", "T01", start + DAY, start + 26 * HOUR)
    world.fail("xe", "USD", MONDAY + 3 * DAY + HOUR, MONDAY + 4 * DAY)
    world.fail("ecb", "EUR", MONDAY + 2 * DAY, MONDAY + 8 * DAY)
    world.lack(
        "binance__klines",
        ("BTCUSDT", MONDAY + DAY + 5 * HOUR, MONDAY + 4 * DAY - HOUR),
        ("ETHUSDT", MONDAY + HOUR, MONDAY + 30 * HOUR + MINUTE / 2),
    )
    world.lack(
        "plant__readings",
        ("T01", start + 2 * HOUR + 5 * MINUTE, start + 3 * HOUR + 5 * MINUTE),
    )
    return world


def test_gaps_are_those_counted_slot_by_slot(world, database):
    found = database.query(SQL)

    assert found == world.truth()
    assert len(found) > 20
    assert {row[5] for row in found if row[0] in ("binance", "plant")} == {True, False}


def test_what_is_asked_for_between_two_records_is_a_gap_from_then_on(
    world, database, dbt
):
    before = database.query(SQL)

    world.fail("binance", "BTCUSDT", MONDAY + 4 * DAY, MONDAY + 4 * DAY + HOUR)
    world.fail("xe", "USD", MONDAY + 2 * DAY, MONDAY + 5 * DAY)
    dbt("run", *GAPS)

    told = database.query(SQL)
    assert told == world.truth()
    assert len(told) > len(before)
    dbt("run", "--full-refresh", "-s", "int_fetches__merged", "rpt_gaps")
    assert database.query(SQL) == told


def test_no_gap_is_the_sources_once_its_notes_are_gone(world, database, dbt):
    database.query(FORGET)
    dbt("run", *GAPS)

    assert {row[5] for row in database.query(SQL)} == {False}


def test_between_a_backfill_of_long_ago_and_last_week_is_no_gap(raw, dbt, database):
    raw.land(klines.pages("BTCUSDT", MONDAY - 500 * DAY, MONDAY - 499 * DAY))
    raw.land(klines.pages("BTCUSDT", MONDAY, MONDAY + HOUR))
    start = readings.START
    rows = readings.rows(1440, start)
    raw.land([readings.page(rows)], table=readings.TABLE)
    rows = readings.rows(1440, start + 9 * DAY)
    raw.land([readings.page(rows, start=start + 9 * DAY)], table=readings.TABLE)

    dbt("run", *GAPS)

    assert database.query(SQL) == []


def test_what_comes_late_closes_a_gap_and_what_is_learned_makes_it_the_sources(
    world, database, dbt, tables
):
    rows = tables.row_versions("marts.rpt_gaps")
    world.candles("BTCUSDT", MONDAY + 3 * DAY, MONDAY + 3 * DAY + HOUR)
    world.candles("ETHUSDT", MONDAY, MONDAY + DAY)
    world.candles("ETHUSDT", MONDAY - 2 * DAY, MONDAY - 2 * DAY + HOUR)
    start = readings.START + 2 * HOUR
    world.turbine(set(klines.every_minute(start, start + 35 * MINUTE)))
    world.rates("xe", MONDAY + 2 * DAY, MONDAY + 8 * DAY)
    world.rates("ecb", MONDAY + 4 * DAY)
    world.lack("xe__rates", ("USDNGN", MONDAY + 3 * DAY, MONDAY + 5 * DAY))
    world.lack("ecb__rates", ("EUR", MONDAY + 5 * DAY, MONDAY + 9 * DAY))
    world.lack(
        "plant__readings", ("T01", readings.START + 23 * HOUR, readings.START + DAY)
    )
    dbt("run", *GAPS)

    assert database.query(SQL) == world.truth()
    assert rows & tables.row_versions("marts.rpt_gaps")

    before = tables.row_versions("marts.rpt_gaps")
    dbt("run", *GAPS)
    assert tables.row_versions("marts.rpt_gaps") == before


@pytest.mark.parametrize(
    ("whole", "missing"), [((), 144), ((0, 70, 143), 141), ((5,), 143)]
)
def test_a_series_of_which_every_window_lacks_a_reading_has_all_of_them_missing(
    raw, dbt, database, whole, missing
):
    start = readings.START
    minutes = [
        place for place in range(1440) if place % 10 != 4 or place // 10 in whole
    ]
    rows = [readings.row(start + place * MINUTE, wind_speed=7.5) for place in minutes]
    raw.land([readings.page(rows)], table=readings.TABLE)

    dbt("run", *GAPS)

    [told] = database.query("select sum(missing_count) from marts.rpt_gaps")
    assert told == (missing,)


def test_a_first_and_a_last_record_inside_of_their_windows_are_where_gaps_end(
    raw, dbt, database
):
    def build(rows):
        raw.land(readings.runs(rows), table=readings.TABLE)
        dbt("run", *GAPS)
        return [row[2:5] for row in database.query(SQL)]

    def minutes(*places):
        return [
            readings.row(start + place * MINUTE, wind_speed=7.5) for place in places
        ]

    start = readings.START + HOUR
    alone = build(minutes(3))
    in_a_window = build(minutes(3, 5))
    whole = build(minutes(*range(3, 26)))
    lacking = build(minutes(*range(30, 35), 36))
    grown = build(minutes(*range(-7, 2), *range(37, 41)))
    increments = database.query(SQL)
    dbt("run", "--full-refresh", *GAPS)

    assert alone == []
    assert in_a_window == [(start, start + WINDOW, 1)]
    assert whole == []
    assert lacking == [(start + 2 * WINDOW, start + 4 * WINDOW, 5)]
    assert grown == [
        (start, start + WINDOW, 1),
        (start + 2 * WINDOW, start + 4 * WINDOW, 5),
    ]
    assert database.query(SQL) == increments
