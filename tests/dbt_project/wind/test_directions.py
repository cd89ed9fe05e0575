"""An angle that goes round has circular statistics, in every shape that tells of it."""

from math import isclose

from tests.support.readings import HOUR, MINUTE, START, TABLE, page, row
from tests.support.windows import MART, MODELS
from warehouse.ledger import rebuild

DIRECTIONS = ("wind_direction", "nacelle_direction", "yaw")
ANGLES = (*DIRECTIONS, "pitch_angle")
LONG = """
select replace(signal_id, 'T01.', '') as name, value
from marts.rpt_signal_values_10m
"""
BITS = "select (to_jsonb(mart) - 'updated_at' - 'changed_in')::text"
SERIES = "select signal_name as name from marts.dim_signals"
RELISTED = """
update ops.versions set version = version + 1 where model = 'stg_plant__signals';
update staging.stg_plant__signals as signals
set is_direction = false, changed_in = versions.version
from ops.versions
where versions.model = 'stg_plant__signals'
"""


def turning(*angles, signals=ANGLES):
    """Return ten minutes in which signals take these angles by turns."""
    return [
        row(
            START + place * MINUTE,
            **dict.fromkeys(signals, angles[place % len(angles)]),
        )
        for place in range(10)
    ]


def names(tables, sql=SERIES):
    return {each["name"] for each in tables.records(sql)}


def series(signals, *statistics):
    return {f"{signal}_{statistic}" for signal in signals for statistic in statistics}


def test_a_direction_through_north_has_a_mean_of_0_and_neither_min_nor_max(
    raw, dbt, tables
):
    raw.land([page(turning(350, 10))], table=TABLE)

    dbt("build", *MODELS)

    told = {each["name"]: each["value"] for each in tables.records(LONG)}
    plain = {"mean": 180, "min": 10, "max": 350, "std": told["pitch_angle_std"]}
    assert told == {
        **{name: 0.0 for name in series(DIRECTIONS, "mean")},
        **{name: told["yaw_std"] for name in series(DIRECTIONS, "std")},
        **{f"pitch_angle_{name}": value for name, value in plain.items()},
    }
    assert isclose(told["yaw_std"], 10, abs_tol=0.05)
    assert names(tables) == set(told)
    for each in tables.records(f"select * from {MART} where signal != 'pitch_angle'"):  # noqa: S608
        assert (each["mean_value"], each["circular_mean_value"]) == (0, 0)
        assert (each["min_value"], each["max_value"]) == (None, None)
        assert each["std_value"] == each["circular_std_value"]


def test_directions_that_cancel_out_have_no_mean_and_others_have_theirs(
    raw, dbt, tables
):
    said = [
        (START, (0, 180)),
        (START + HOUR, (37, 217)),
        (START + 2 * HOUR, (90, 210, 330, 90, 210, 330, 90, 210, 330, None)),
        (START + 3 * HOUR, (340, 350, 10, 20, 0)),
        (START + 4 * HOUR, (359.9, 359.7)),
        (START + 5 * HOUR, (-10, 370, 360, 720)),
    ]
    rows = [
        row(at + place * MINUTE, yaw=angles[place % len(angles)])
        for at, angles in said
        for place in range(10)
    ]
    raw.land([page(rows)], table=TABLE)

    dbt("build", *MODELS)

    found = tables.records(
        f"select mean_value, std_value, sample_count from {MART} "  # noqa: S608
        "order by window_started_at"
    )
    cancelled, (north, beside, *beyond) = found[:3], found[3:]
    assert {(each["mean_value"], each["std_value"]) for each in cancelled} == {
        (None, None)
    }
    assert north["mean_value"] == 0
    assert isclose(beside["mean_value"], 359.8)
    assert isclose(beside["std_value"], 0.1, rel_tol=1e-3)
    assert [0 <= each["mean_value"] < 360 for each in beyond] == [True]


def test_a_signal_that_becomes_a_direction_loses_its_min_and_max_everywhere(
    raw, dbt, database, tables
):
    raw.land([page(turning(350, 10))], table=TABLE)
    dbt("build", *MODELS)
    whole = f"{BITS} from {MART} as mart order by 1"  # noqa: S608
    listed = database.query(whole), names(tables)

    database.query(RELISTED)
    dbt("run", "-s", "fct_turbine_signals_10m", "dim_signals")
    unlisted = names(tables)
    rebuild("stg_plant__signals", None, None)
    dbt("build", *MODELS)

    assert unlisted == series(ANGLES, "mean", "min", "max", "std")
    assert (database.query(whole), names(tables)) == listed
    assert listed[1] == series(DIRECTIONS, "mean", "std") | series(
        ["pitch_angle"], "mean", "min", "max", "std"
    )
