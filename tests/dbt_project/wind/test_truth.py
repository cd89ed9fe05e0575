"""Ten-minute statistics equal those computed in another way from the same answers."""

import csv
import gzip

from ingestion.ingest import ingest
from ingestion.window import Window
from sandbox.app import BUNDLED
from tests.support.windows import (
    MART,
    MODELS,
    assert_windows,
    built_windows,
    samples,
    windows,
)

STATISTICS = ("mean_value", "min_value", "max_value", "std_value")


def flagged(tables, flag):
    """Return how many windows of each signal have a flag."""
    return {
        row["signal"]: row["count"]
        for row in tables.records(
            f"select signal, count(*) from {MART} where {flag} group by 1"  # noqa: S608
        )
    }


def test_windows_equal_the_truth_on_a_recorded_day_of_wind(
    sandbox, database, dbt, tables
):
    with gzip.open(BUNDLED / "plant/MIDC.csv.gz", "rt") as file:
        lines = [
            {name: text if name == "timestamp" else float(text) for name, text in line}
            for line in (row.items() for row in csv.DictReader(file))
        ]
    ingest(
        "plant",
        Window.between("2018-10-18T07:00", "2018-10-19T07:00"),
        base_url=f"{sandbox.url}/plant",
        turbines=["MIDC"],
        columns=[name for name in lines[0] if name != "timestamp"],
    )

    dbt("build", *MODELS)

    found, expected = built_windows(tables), windows(samples("MIDC", lines))
    assert_windows(found, expected)
    signals = [signal for _, signal, _ in expected]
    broken = signals.count("instrument_temperature")
    assert len(signals) == 3 * 144 + broken
    assert 0 < broken < 144, "where all samples are sentinels there is no window"
    assert flagged(tables, "is_out_of_range") == {"instrument_temperature": broken}
    assert flagged(tables, "is_stuck") == {}
    assert set(flagged(tables, "is_incomplete")) == {"instrument_temperature"}
    directions = [line["wind_direction"] for line in lines]
    tenths = [directions[place : place + 10] for place in range(0, 1440, 10)]
    assert any(max(tenth) - min(tenth) > 300 for tenth in tenths), "through north"
    long = "select count(*) as told, count(distinct signal_id) as series from {}"
    (said,) = tables.records(long.format("marts.rpt_signal_values_10m"))
    told = [row[name] for row in expected.values() for name in STATISTICS]
    assert said == {"told": sum(one is not None for one in told), "series": 14}


def test_windows_equal_the_truth_on_days_with_every_fault(
    sandbox, database, dbt, tables
):
    start, noon, end = "2024-05-20T00:00Z", "2024-05-21T12:00Z", "2024-05-22T00:00Z"
    sandbox.at("2024-05-29T12:00:30Z")
    for kind, bounds, details in (
        ("gap", ("2024-05-20T03:33Z", "2024-05-20T05:01Z"), {}),
        ("gap", ("2024-05-20T07:07Z", "2024-05-20T07:07Z"), {}),
        ("null", ("2024-05-20T09:00Z", "2024-05-20T09:24Z"), {"column": "power"}),
        ("sentinel", ("2024-05-20T09:15Z", "2024-05-20T10:02Z"), {}),
        ("nan", ("2024-05-20T11:58Z", "2024-05-20T12:21Z"), {"column": "wind_speed"}),
        ("null", ("2024-05-20T13:00Z", "2024-05-20T13:08Z"), {}),
        ("repeat", ("2024-05-20T12:00Z", noon), {}),
        ("shuffle", (start, "2024-05-20T23:59Z"), {}),
        ("revise", (noon, end), {"column": "ambient_temperature", "add": -20}),
    ):
        order = {"turbine": "T01", "from_ms": bounds[0], "to_ms": bounds[1], **details}
        sandbox.control("plant", **{kind: order})
    ingest(
        "plant",
        Window.between(start, end),
        base_url=f"{sandbox.url}/plant",
        turbines=["T01", "T02"],
    )

    dbt("build", *MODELS)

    expected = windows(
        sample
        for turbine in ("T01", "T02")
        for sample in samples(turbine, sandbox.readings(turbine, start, end))
    )
    assert_windows(built_windows(tables), expected)
    counts = {row["sample_count"] for row in expected.values()}
    assert {1, 10} < counts, "windows of one sample and whole ones"
    assert 5 * 288 < len(expected) < 6 * 288, "windows without samples are no rows"
    rejected = "select count(*) from staging.stg_plant__readings__rejected"
    assert tables.records(rejected) == [{"count": 0}]
