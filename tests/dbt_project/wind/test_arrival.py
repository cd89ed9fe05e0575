"""What arrives late, again, revised or emptied, and which windows it reaches."""

from itertools import chain
from random import Random

import pytest

from tests.support.database import kept
from tests.support.raw import Raw
from tests.support.readings import (
    DAY,
    FETCHED,
    HOUR,
    MINUTE,
    START,
    TABLE,
    page,
    rows,
    runs,
)
from tests.support.windows import (
    MART,
    MODELS,
    assert_windows,
    built_windows,
    samples,
    windows,
)
from warehouse.ledger import rebuild

WHOLE = "to_jsonb(mart) - 'updated_at' - 'changed_in'"
NEWS = FETCHED + DAY
MISSING = START + 3 * HOUR + 5 * MINUTE
FIRST = [one for one in rows(1440) if one != rows(1, MISSING)[0]]
SECOND = rows(180)


@pytest.fixture
def wind(database, dbt):
    """Return a day of T01, a minute missing, and three hours of T02, built."""

    def make():
        Raw(database).land([page(FIRST), page(SECOND, "T02")], table=TABLE)
        dbt("build", *MODELS)

    kept(database, "wind", make)
    raw = Raw(database)
    raw.next_id()
    return raw


@pytest.fixture
def arrive(wind, dbt):
    """Return what lands rows of T01, asked for just these, or pages, and builds."""

    def arrive(*landed, fetched_at=NEWS):
        pages = [
            [one] if hasattr(one, "payload") else runs(one, fetched_at)
            for one in landed
        ]
        wind.land(chain.from_iterable(pages), table=TABLE)
        dbt("build", *MODELS)

    return arrive


def truth(*days):
    """Return the windows of the rows of turbines, the newest answers last."""
    return windows(one for turbine, said in days for one in samples(turbine, said))


def test_a_second_build_and_a_day_landed_again_leave_the_same_rows(arrive, dbt, tables):
    before = tables.all_row_versions()
    marts = [name for name in tables.names() if name.startswith("marts.")]

    dbt("build", *MODELS)
    assert tables.all_row_versions() == before

    arrive(FIRST)
    assert {name: tables.row_versions(name) for name in marts} == {
        name: before[name] for name in marts
    }
    (staged,) = tables.records(
        "select count(*) as count, max(changed_in) as newest "  # noqa: S608
        f"from staging.stg_plant__readings where fetched_at = '{NEWS}'"
    )
    assert staged == {"count": len(FIRST), "newest": 1}


def test_late_and_revised_readings_of_any_age_reach_their_windows_alone(arrive, tables):
    before = tables.row_versions(MART)
    late = rows(1, MISSING)
    revised = rows(1, START + 10 * HOUR + 9 * MINUTE, revision=1)
    ancient = START - 2000 * DAY + 20 * MINUTE

    arrive(late + revised, page(rows(3, ancient), start=ancient, fetched_at=NEWS))

    assert_windows(
        built_windows(tables),
        truth(("T01", FIRST + late + revised + rows(3, ancient)), ("T02", SECOND)),
    )
    written = tables.records(
        f"select window_started_at as at from {MART} where changed_in = 2 order by 1"  # noqa: S608
    )
    assert [each["at"] for each in written] == [
        ancient,
        START + 3 * HOUR,
        START + 10 * HOUR,
    ]
    assert len(tables.row_versions(MART) - before) == 3


def test_an_older_answer_that_comes_later_changes_nothing(arrive, tables):
    before = tables.row_versions(MART)

    arrive(rows(60, revision=1), fetched_at=FETCHED - DAY)

    assert tables.row_versions(MART) == before


def test_an_emptied_window_goes_and_a_series_with_its_last_one(arrive, tables):
    emptied = rows(10, START + HOUR, value=lambda place: (None, -7999)[place % 2])
    nothing = rows(180, value=lambda _: None)

    arrive(emptied, page(nothing, "T02", NEWS))

    assert_windows(built_windows(tables), truth(("T01", FIRST + emptied)))
    assert ("T01", "wind_speed", START + HOUR) not in built_windows(tables)
    series = tables.records("select signal_id from marts.dim_signals order by 1")
    assert [each["signal_id"] for each in series] == [
        f"T01.wind_speed_{statistic}" for statistic in ("max", "mean", "min", "std")
    ]
    gone = tables.records("select model, count(*) from ops.vanished group by 1")
    assert {each["model"]: each["count"] for each in gone} == {
        "fct_turbine_signals_10m": 19,
        "dim_signals": 4,
    }


def test_a_sensor_is_stuck_from_the_hours_end_on_until_a_reading_differs(
    arrive, tables
):
    def stuck(turbine="T01"):
        return [
            (started_at - START) / MINUTE
            for (name, _, started_at), each in sorted(built_windows(tables).items())
            if name == turbine and each["is_stuck"]
        ]

    noon = START + 12 * HOUR
    seldom = rows(180, value=lambda _: 5.5)[::2]
    arrive(rows(180, noon, value=lambda _: 5.5), page(seldom, "T03", fetched_at=NEWS))
    for_long = stuck()

    arrive(rows(1, noon + 65 * MINUTE), fetched_at=NEWS + DAY)

    assert for_long == [720 + place for place in range(50, 180, 10)]
    assert stuck() == [720 + 50, *(720 + place for place in range(120, 180, 10))]
    assert stuck("T03") == [], "half of the readings do not show it"


def test_a_changed_limit_reaches_every_window_of_its_signal(
    wind, dbt, database, tables
):
    database.query("update staging.stg_plant__signals set highest = 5")
    rebuild("stg_plant__signals", None, None)
    database.query(f"update {MART} set is_out_of_range = true")  # noqa: S608

    dbt("build", *MODELS)

    assert not any(each["is_out_of_range"] for each in built_windows(tables).values())


def test_full_refreshes_give_the_bits_that_increments_gave(arrive, dbt, tables):
    def bits():
        sql = f"select ({WHOLE})::text as bits from {MART} as mart order by 1"  # noqa: S608
        return [each["bits"] for each in tables.records(sql)]

    revised = rows(700, START + 2 * HOUR, revision=1)
    Random(7).shuffle(revised)  # noqa: S311 - no secret
    arrive(revised)
    before = bits()

    dbt("run", "--full-refresh", *MODELS)

    assert bits() == before
