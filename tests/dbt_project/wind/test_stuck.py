"""A sensor that repeats itself is stuck, unless another one explains why it does."""

from datetime import timedelta

import pytest

from tests.support.readings import (
    DAY,
    FETCHED,
    MINUTE,
    START,
    TABLE,
    page,
    row,
    runs,
)
from tests.support.windows import MART, MODELS
from warehouse.ledger import rebuild

LENGTH = 120
STUCK = f"""
select turbine_id, signal, window_started_at
from {MART}
where is_stuck
order by 1, 2, 3
"""  # noqa: S608 - a table of ours
BITS = f"""
select (to_jsonb(mart) - 'updated_at' - 'changed_in')::text
from {MART} as mart
order by 1
"""  # noqa: S608 - a table of ours
CALM, BREEZE, GALE, STORM = 1.5, 8, 13, 27
CASES = {
    "standstill in calm": (CALM, 0.0, []),
    "own use in calm": (CALM, [-12.5], []),
    "standstill in a storm": (STORM, 0.0, []),
    "full load": (GALE, 2050.0, []),
    "full load at just the rated wind": ([12.0], 2050.0, ["wind_speed"]),
    "no wind and no power": ([0.0], 0.0, []),
    "no wind and own use": ([0.0], -12, []),
    "standstill in a breeze": (BREEZE, 0.0, ["power"]),
    "standstill at just the cut-in wind": ([3.0], 0.0, ["power", "wind_speed"]),
    "full load in a breeze": (BREEZE, 2050.0, ["power"]),
    "full load in a storm": (STORM, 2050.0, ["power"]),
    "off a plateau": (GALE, 2049.0, ["power"]),
    "off a plateau in calm": (CALM, 1.0, ["power"]),
    "an iced anemometer": ([0.0], 500, ["wind_speed"]),
    "an iced anemometer at full load": ([0.0], 2050.0, ["power", "wind_speed"]),
    "wind off a plateau": ([5.5], 500, ["wind_speed"]),
    "no wind told": (None, 0.0, ["power"]),
    "no power told": ([0.0], None, ["wind_speed"]),
}


def readings(start, wind, power):
    """Return two hours; a number is around what its signal varies, but for a power.

    One in a list is told again and again, as is a power of 0 and the rated one.
    """

    def value(told, place, constant=()):
        if isinstance(told, list):
            return told[0]
        if told is None or told in constant:
            return told
        return told + place % 7 / 10

    return [
        row(
            start + place * MINUTE,
            wind_speed=value(wind, place),
            power=value(power, place, (0.0, -12, 1.0, 2049.0, 2050.0)),
        )
        for place in range(LENGTH)
    ]


def pages(told, turbine="T01", fetched_at=FETCHED):
    """Return a page of a day for each of these readings."""
    return [page(rows, turbine, fetched_at, START + day * DAY) for day, rows in told]


@pytest.fixture
def stuck(database):
    """Return what looks up the stuck signals, by the minutes since when they are."""

    def stuck(turbine="T01", day=0):
        found = {}
        for name, signal, started_at in database.query(STUCK):
            offset = started_at - (START + day * DAY)
            if name == turbine and timedelta() <= offset < DAY:
                found.setdefault(signal, []).append(offset // MINUTE)
        return found

    return stuck


def test_a_plateau_is_stuck_where_nothing_explains_it_or_another_contradicts_it(
    raw, dbt, stuck
):
    told = [
        (day, readings(START + day * DAY, wind, power))
        for day, (wind, power, _) in enumerate(CASES.values())
    ]
    raw.land(pages(told), table=TABLE)

    dbt("build", *MODELS)

    late = list(range(50, LENGTH, 10))
    found = {name: stuck(day=day) for day, name in enumerate(CASES)}
    assert found == {
        name: dict.fromkeys(signals, late) for name, (*_, signals) in CASES.items()
    }


def test_a_turbine_that_is_not_listed_stands_still_in_calm_and_has_no_rated_power(
    raw, dbt, stuck
):
    told = [
        (0, readings(START, CALM, 0.0)),
        (1, readings(START + DAY, GALE, 2050.0)),
        (2, readings(START + 2 * DAY, STORM, 0.0)),
    ]
    raw.land(pages(told, "T77"), table=TABLE)

    dbt("build", *MODELS)

    assert [list(stuck("T77", day)) for day in range(3)] == [[], ["power"], []]


def test_what_explains_may_come_late_be_revised_and_hold_for_a_part(
    raw, dbt, database, stuck
):
    def land(*rows, after):
        raw.land(runs(rows, FETCHED + after * DAY), table=TABLE)
        dbt("build", *MODELS)
        return stuck()

    def wind(start, end, speed):
        return [
            row(START + place * MINUTE, wind_speed=speed + place % 3 / 10)
            for place in range(start, end)
        ]

    power = [row(START + place * MINUTE, power=0.0) for place in range(LENGTH)]
    alone = land(*power, after=0)
    explained = land(*wind(0, LENGTH, CALM), after=1)
    contradicted = land(*wind(70, 80, BREEZE), after=2)
    increments = database.query(BITS)
    dbt("run", "--full-refresh", *MODELS)

    assert alone == {"power": list(range(50, LENGTH, 10))}
    assert explained == {}
    assert contradicted == {"power": list(range(70, LENGTH, 10))}
    assert database.query(BITS) == increments


def test_a_changed_turbine_reaches_every_window_of_its_power_and_wind(
    raw, dbt, database
):
    raw.land(pages([(0, readings(START, GALE, 2050.0))]), table=TABLE)
    raw.land(pages([(0, readings(START, GALE, 2050.0))], "T02"), table=TABLE)
    dbt("build", *MODELS)
    database.query(
        "update staging.stg_plant__turbines set rated_power_kw = 1 "
        "where turbine_id = 'T01'"
    )
    rebuild("stg_plant__turbines", None, None)
    database.query(f"update {MART} set is_stuck = true")  # noqa: S608

    dbt("build", *MODELS)

    (found,) = database.query(
        f"select array_agg(distinct turbine_id), count(*) from {MART} where is_stuck"  # noqa: S608
    )
    assert found == (["T02"], 24)
