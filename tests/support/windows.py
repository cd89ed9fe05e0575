"""Windows of ten minutes: as built, and computed without dbt, straight from samples."""

import cmath
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import polars as pl

from tests.support.tables import Tables

Sample = tuple[str, str, datetime, float]
Key = tuple[str, str, datetime]
STATISTICS = ("mean_value", "min_value", "max_value", "std_value", "sample_count")
MODELS = ("-s", "+rpt_signal_values_10m", "stg_plant__readings__rejected")
MART = "marts.fct_turbine_signals_10m"
DIRECTION = "wind_direction"
SENTINEL = -7999


def samples(turbine: str, rows: Iterable[Mapping[str, object]]) -> list[Sample]:
    """Return the samples of rows in the order of the answers: the last counts."""
    last = {}
    for row in rows:
        time = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
        for signal, value in row.items():
            if signal != "timestamp":
                last[turbine, signal, time] = value
    return [
        (*key, float(value))
        for key, value in last.items()
        if value is not None and not math.isnan(value) and value != SENTINEL
    ]


def windows(found: Iterable[Sample]) -> dict[Key, dict]:
    """Return the statistics of each window that has a sample."""
    schema = ["turbine_id", "signal", "read_at", "value"]
    frame = pl.DataFrame(list(found), schema=schema, orient="row").sort("read_at")
    value = pl.col("value")
    rolled = frame.group_by_dynamic(
        "read_at", every="10m", closed="left", label="left", group_by=schema[:2]
    ).agg(
        value.mean().alias("mean_value"),
        value.min().alias("min_value"),
        value.max().alias("max_value"),
        value.std(ddof=1).alias("std_value"),
        pl.len().cast(pl.Int64).alias("sample_count"),
        value.alias("values"),
    )
    return {
        (row["turbine_id"], row["signal"], row["read_at"]): _whole(row)
        for row in rolled.to_dicts()
    }


def _whole(row: dict) -> dict:
    found = {name: row[name] for name in STATISTICS}
    found["circular_mean_value"] = found["circular_std_value"] = None
    if row["signal"] == DIRECTION:
        vectors = [cmath.rect(1, math.radians(value)) for value in row["values"]]
        mean = sum(vectors) / len(vectors)
        found["circular_mean_value"] = math.degrees(cmath.phase(mean)) % 360
        if len(vectors) > 1:
            spread = math.sqrt(-2 * math.log(min(abs(mean), 1)))
            found["circular_std_value"] = math.degrees(spread)
        found["mean_value"] = found["circular_mean_value"]
        found["std_value"] = found["circular_std_value"]
        found["min_value"] = found["max_value"] = None
    return found


def built_windows(tables: Tables) -> dict[Key, dict]:
    """Return the windows that dbt built."""
    return {
        (row["turbine_id"], row["signal"], row["window_started_at"]): row
        for row in tables.records(f"select * from {MART}")  # noqa: S608 - a table of ours
    }


def assert_windows(found: Mapping[Key, dict], expected: Mapping[Key, dict]) -> None:
    """Compare windows, numbers to 1e-9 of their size."""
    assert found.keys() == expected.keys()
    for key, wanted in expected.items():
        for name, value in wanted.items():
            told = found[key][name]
            assert (told is None) == (value is None), (key, name, told, value)
            if value is None:
                continue
            if key[1] == DIRECTION and name.endswith("mean_value"):
                told = value + (told - value + 180) % 360 - 180
            assert math.isclose(told, value, rel_tol=1e-9, abs_tol=1e-12), (
                *(key, name, told, value),
            )
