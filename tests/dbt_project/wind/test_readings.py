"""What readings look like, and which of them can't be used."""

import json

import pytest

from ingestion.http import Answer
from ingestion.sources.plant import rows_of
from tests.support.readings import (
    FETCHED,
    HOUR,
    MINUTE,
    START,
    TABLE,
    page,
    row,
    rows,
)
from tests.support.rejections import assert_coded
from tests.support.windows import MODELS, built_windows


def test_unknown_signals_wrapped_rows_and_times_of_any_form_are_understood(
    dbt, raw, tables, monkeypatch
):
    monkeypatch.setenv("PGOPTIONS", "-c timezone=America/New_York")
    said = [
        {"Data": {"id": 1, **row(START, gust=5)}},
        {"timestamp": "2024-05-20T02:01:00+02:00", "gust": "7"},
        {"timestamp": "2024-05-20 00:02:00.250Z", "gust": None},
        {"timestamp": "2024-05-19T23:59:59.999999", "gust": 4},
        {"timestamp": "2024-05-20T00:00:00", "gust": 9},
    ]
    raw.land([page(said)], table=TABLE)

    dbt("build", *MODELS)

    before, after = (START - 10 * MINUTE, START)
    found = {key[2]: each for key, each in built_windows(tables).items()}
    assert sorted(found) == [before, after]
    assert (found[after]["mean_value"], found[after]["sample_count"]) == (8, 2)
    assert (found[before]["mean_value"], found[before]["std_value"]) == (4, None)
    for each in found.values():
        assert each["expected_count"] == 10
        assert each["coverage"] == each["sample_count"] / 10
        assert each["is_incomplete"]
        assert not each["is_out_of_range"]
        assert not each["is_stuck"]


def test_bad_readings_are_rejected_alone_until_a_good_answer_resolves_them(
    dbt, raw, tables
):
    def reasons():
        assert_coded(tables.database, "staging.stg_plant__readings__rejected")
        found = tables.records(
            "select signal, read_at, reason from staging.stg_plant__readings__rejected"
        )
        keyed = {(each["reason"], each["read_at"]) for each in found if each["signal"]}
        return keyed, sorted(each["reason"] for each in found if not each["signal"])

    times = [START + place * MINUTE for place in range(6)]
    bad = [
        row(times[0], wind_speed="strong", power=1),
        row(times[1], wind_speed=True, power=1),
        row(times[2], wind_speed={"mean": 1}, power=1),
        row(times[3], wind_speed=1e200, power=1),
        row(times[4], wind_speed=float("inf"), power=float("nan")),
        row(FETCHED + MINUTE, wind_speed=1),
        {"timestamp": "soon", "wind_speed": 1},
        {"timestamp": "now", "wind_speed": 1},
        {"wind_speed": 1},
        row(times[5]),
        "text",
        {"timestamp": "2024-05-20T00:06:00", "note": "\ud800"},
    ]
    raw.land([page(bad), page("<html>", "T02")], table=TABLE)
    dbt("build", *MODELS)
    keyed, others = reasons()

    raw.land([page(rows(5), fetched_at=FETCHED + HOUR)], table=TABLE)
    dbt("build", *MODELS)

    future = ("in the future", FETCHED + MINUTE)
    note = ("not a number", START + 6 * MINUTE)
    assert keyed == {
        *(("not a number", time) for time in times[:3]),
        ("value out of range: at least 1e-300 and below 1e100", times[3]),
        ("infinite", times[4]),
        *(future, note),
    }
    assert others == [
        *["no readable timestamp"] * 3,
        "no signal in it",
        "not an object",
        "not readable as JSON",
    ]
    assert reasons() == ({future, note}, others)
    power = "select value from staging.stg_plant__readings where signal = 'power'"
    assert [each["value"] for each in tables.records(f"{power} order by read_at")] == [
        *[1.0] * 4,
        None,
    ]


@pytest.mark.parametrize("number", ["1e200000", "-1e-20000", "9" * 140_000])
def test_a_number_that_jsonb_has_no_room_for_costs_its_signal_alone(
    dbt, raw, database, number
):
    rows = [row(START + place * MINUTE, power=place, gust=place) for place in range(3)]
    text = json.dumps(rows).replace('"power": 1', f'"power": {number}')
    raw.land([page(text)], table=TABLE)

    dbt("run", "-s", "+stg_plant__readings__rejected")

    assert rows_of(Answer(200, text, {}, FETCHED, None))[2]["power"] == 2
    assert database.query(
        "select signal, array_agg(value order by read_at) "
        "from staging.stg_plant__readings group by 1 order by 1"
    ) == [("gust", [0, 1, 2]), ("power", [0, 2])]
    assert database.query(
        "select record_key, reason from staging.stg_plant__readings__rejected"
    ) == [("T01 power 2024-05-20 00:01:00.000000", "not a number")]


def test_a_newer_answer_takes_back_what_its_signals_lack_and_says_which_value_lost(
    dbt, raw, database
):
    told = (
        "select record_key, reason from staging.stg_plant__readings__rejected "
        "order by 1"
    )
    kept = (
        "select signal, to_char(read_at at time zone 'utc', 'MI'), value "
        "from staging.stg_plant__readings order by 1, 2"
    )
    old = [row(START + place * MINUTE, power=place, gust=place) for place in range(3)]
    twice = row(START + 2 * MINUTE, power=7)
    new = [twice, row(START, power=10), row(START + 2 * MINUTE, power=12), twice]
    raw.land([page(old)], table=TABLE)
    dbt("run", "-s", "+stg_plant__readings__rejected")
    raw.land([page(new, fetched_at=FETCHED + HOUR)], table=TABLE)
    raw.land([page(old[1:2], fetched_at=FETCHED - HOUR)], table=TABLE)
    for words in ((), ("--full-refresh",)):
        dbt("run", "-s", "+stg_plant__readings__rejected", *words)

        assert database.query(kept) == [
            *(("gust", f"0{place}", place) for place in range(3)),
            ("power", "00", 10),
            ("power", "02", 7),
        ]
        assert database.query(told) == [
            ("T01 power 2024-05-20 00:01:00.000000", "taken back by the source"),
            (
                "T01 power 2024-05-20 00:02:00.000000 #3",
                "other values further down in the answer",
            ),
        ]
