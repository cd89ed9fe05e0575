"""A plant's turbines: the routes of the source API, and what its minutes are."""

import csv
import gzip
import json
import math

import pytest

from sandbox.app import BUNDLED

NOW = "2024-05-22T10:00:30Z"
DAY = ("2024-05-21T00:00:00", "2024-05-22T00:00:00")
SIGNALS = ["wind_speed", "power", "ambient_temperature", "wind_direction"]


@pytest.fixture
def plant(generated):
    """Serve the plant, frozen at NOW."""
    generated.obey(system="plant", now=NOW)
    return generated


def ask(plant, start, end, turbine="T01", **params):
    """Return the answer to a question for a span."""
    asked = {"start_timestamp": start, "end_timestamp": end, **params}
    return plant.get(f"/plant/{turbine}/data", **asked)


def times(answer):
    """Return the timestamps of rows that are not wrapped."""
    return [row["timestamp"] for row in answer.json()]


def test_a_day_has_a_row_a_minute_with_the_asked_columns(plant):
    answer = ask(plant, *DAY, columns=SIGNALS)

    rows = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert len(rows) == 1440
    assert list(rows[0]) == ["timestamp", *SIGNALS]
    assert (rows[0]["timestamp"], rows[-1]["timestamp"]) == (
        "2024-05-21T00:00:00",
        "2024-05-21T23:59:00",
    )


def test_the_start_is_inclusive_and_the_end_is_not(plant):
    span = ("2024-05-21T10:00:00Z", "2024-05-21T12:02:00+02:00")

    assert times(ask(plant, *span, columns=["power"])) == [
        "2024-05-21T10:00:00",
        "2024-05-21T10:01:00",
    ]
    assert times(ask(plant, "2024-05-21T10:00:01", "2024-05-21T10:01:00")) == []


def test_without_columns_rows_come_whole_and_wrapped(plant):
    rows = ask(plant, "2024-05-21T00:00", "2024-05-21T00:02").json()

    assert [list(row) for row in rows] == [["Data"], ["Data"]]
    assert list(rows[0]["Data"]) == ["id", "timestamp", *SIGNALS]
    assert rows[0]["Data"]["id"] == 1441


def test_an_unknown_column_is_dropped_and_only_unknown_ones_are_refused(plant):
    some = ask(plant, *DAY, columns=["power", "nonsense"])
    none = ask(plant, *DAY, columns=["nonsense", "more"])

    assert list(some.json()[0]) == ["timestamp", "power"]
    assert none.status_code == 400
    assert none.json() == {"detail": "Invalid column names"}


def test_a_row_is_found_by_its_id(plant):
    found = plant.get("/plant/T01/data/1441")

    assert found.json() == ask(plant, *DAY).json()[0]["Data"]
    for unknown in ("0", "999999"):
        answer = plant.get(f"/plant/T01/data/{unknown}")
        assert (answer.status_code, answer.json()) == (
            404,
            {"detail": "Data not found"},
        )


def test_a_turbine_or_a_span_that_makes_no_sense_is_refused(plant):
    assert ask(plant, *DAY, turbine="T99").status_code == 404
    assert ask(plant, "soon", DAY[1]).status_code == 422
    assert plant.get("/plant/T01/data").status_code == 422


def test_rows_begin_on_2024_05_20_and_end_with_the_last_minute_that_is_over(plant):
    rows = ask(plant, "2020-01-01", "2030-01-01", columns=["power"])

    assert times(rows)[0] == "2024-05-20T00:00:00"
    assert times(rows)[-1] == "2024-05-22T09:59:00"
    assert len(times(rows)) == 2 * 1440 + 600


def test_minutes_are_the_same_however_they_are_asked_and_differ_by_turbine(plant):
    whole = ask(plant, *DAY, columns=SIGNALS).json()
    half = ask(plant, "2024-05-21T12:00", DAY[1], columns=SIGNALS).json()
    other = ask(plant, *DAY, turbine="T02", columns=SIGNALS).json()

    assert whole[720:] == half
    assert [row["power"] for row in whole] != [row["power"] for row in other]


def test_a_turbine_gives_more_in_more_wind_and_never_more_than_it_can(plant):
    rows = ask(plant, "2024-05-20", "2024-05-22", columns=SIGNALS).json()

    weak = [row["power"] for row in rows if row["wind_speed"] < 3]
    strong = [row["power"] for row in rows if row["wind_speed"] > 11]
    assert weak
    assert strong
    assert max(weak) < 20 < 1000 < min(strong)
    assert max(row["power"] for row in rows) < 2100
    assert min(row["wind_speed"] for row in rows) >= 0
    assert all(-20 < row["ambient_temperature"] < 40 for row in rows)
    assert all(0 <= row["wind_direction"] < 360 for row in rows)
    assert all(0 <= row["wind_direction"] < 360 for row in rows)


def test_each_turbine_says_whether_it_is_recorded_or_generated(plant):
    listed = {
        entry["key"]: (entry["origin"], entry["first"], entry["last"])
        for entry in plant.get("/_control/series").json()
        if entry["system"] == "plant"
    }

    begun, last = "2024-05-20T00:00:00.000Z", "2024-05-22T09:59:00.000Z"
    day = ("2018-10-18T07:00:00.000Z", "2018-10-19T06:59:00.000Z")
    assert listed == {
        "MIDC": ("recorded", *day),
        "T01": ("generated", begun, last),
        "T02": ("generated", begun, last),
    }


def test_the_recorded_day_is_answered_as_it_stands_in_the_file(plant):
    path = BUNDLED / "plant/MIDC.csv.gz"
    with gzip.open(path, "rt") as file:
        lines = list(csv.DictReader(file))

    columns = [name for name in lines[0] if name != "timestamp"]
    rows = ask(plant, "2018-01-01", "2019-01-01", turbine="MIDC", columns=columns)

    assert len(lines) == 1440
    assert rows.json() == [
        {"timestamp": line["timestamp"]} | {name: float(line[name]) for name in columns}
        for line in lines
    ]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_recording_replaces_the_generated_turbine_of_its_name(
    serve, tmp_path, suffix
):
    text = (
        "timestamp,wind_speed,gust\n"
        "2024-05-20T00:01:00+00:00,5.5,\n"
        "2024-05-20T00:00:00,4.25,nan\n"
    )
    folder = tmp_path / "plant"
    folder.mkdir()
    content = gzip.compress(text.encode()) if suffix else text.encode()
    (folder / f"T01.csv{suffix}").write_bytes(content)

    with serve("--recorded", str(tmp_path)) as stand_in:
        rows = ask(stand_in, "2020-01-01", "2030-01-01", columns=["gust", "wind_speed"])
        order = {"turbine": "T01", "from_ms": 0, "to_ms": 1}
        refused = stand_in.order(system="plant", gap=order)

    late, early = json.loads(rows.text)
    assert late == {"timestamp": "2024-05-20T00:01:00", "wind_speed": 5.5, "gust": None}
    assert early["wind_speed"] == 4.25
    assert math.isnan(early["gust"])
    assert "T01 is not a generated turbine" in refused.json()["detail"]


def test_a_recorded_body_may_hold_nan_as_a_bare_word(plant):
    order(plant, "nan", "00:00", "00:00", column="power")

    answer = ask(plant, "2024-05-21T00:00", "2024-05-21T00:01", columns=["power"])

    assert answer.text == '[{"timestamp":"2024-05-21T00:00:00","power":NaN}]'


def order(plant, kind, start, end, **details):
    """Order something for minutes of 2024-05-21, both inclusive."""
    bounds = {
        name: f"2024-05-21T{time}Z"
        for name, time in (("from_ms", start), ("to_ms", end))
    }
    plant.obey(system="plant", **{kind: {"turbine": "T01", **bounds, **details}})


@pytest.fixture
def minutes(plant):
    """Return what looks up the first five minutes of a day, as minute and power."""

    def minutes():
        rows = ask(plant, "2024-05-21T00:00", "2024-05-21T00:05", columns=["power"])
        return [(int(row["timestamp"][14:16]), row["power"]) for row in rows.json()]

    return minutes


@pytest.mark.parametrize(("away", "back"), [("gap", "fill"), ("late", "release")])
def test_readings_go_away_and_come_back(plant, minutes, away, back):
    whole = minutes()

    order(plant, away, "00:01", "00:03")
    cut = minutes()
    order(plant, back, "00:02", "00:02")

    assert cut == [whole[0], whole[4]]
    assert minutes() == [whole[0], whole[2], whole[4]]


def test_values_are_spoilt_and_revised_as_ordered(plant, minutes):
    whole = minutes()

    order(plant, "null", "00:00", "00:00")
    order(plant, "sentinel", "00:01", "00:01", column="power")
    order(plant, "revise", "00:02", "00:02", column="power", add=1000)
    order(plant, "revise", "00:03", "00:03", column="power", value=7)
    order(plant, "revise", "00:04", "00:04", column="wind_speed", value=7)

    assert minutes() == [
        (0, None),
        (1, -7999),
        (2, whole[2][1] + 1000),
        (3, 7),
        whole[4],
    ]


def test_rows_are_repeated_and_out_of_order_as_ordered(plant, minutes):
    whole = minutes()

    order(plant, "repeat", "00:01", "00:02")
    repeated = minutes()
    order(plant, "shuffle", "00:00", "00:04")
    shuffled = minutes()

    assert repeated == [whole[place] for place in (0, 1, 1, 2, 2, 3, 4)]
    assert sorted(shuffled) == sorted(repeated)
    assert shuffled != repeated


def test_an_order_that_makes_no_sense_is_refused(plant):
    span = {"turbine": "T01", "from_ms": 0, "to_ms": 1}

    for wrong in ({"explode": span}, {"gap": {"turbine": "T99"}}, {"gap": {}}):
        assert plant.order(system="plant", **wrong).status_code == 400
    unknown = plant.order(system="plant", null={**span, "column": "gust"})
    assert "T01 has no column gust" in unknown.json()["detail"]


def test_the_truth_is_what_would_be_answered_and_a_fault_is_not_in_it(plant):
    order(plant, "gap", "00:01", "00:03")
    plant.obey(system="plant", status=503)
    bounds = {"from_ms": "2024-05-21T00:00", "to_ms": "2024-05-21T00:04"}

    truth = plant.get("/_control/truth/plant", turbine="T01", **bounds).json()
    refused = ask(plant, *DAY)

    assert [row["timestamp"][14:16] for row in truth] == ["00", "04"]
    assert list(truth[0]) == ["timestamp", *SIGNALS]
    assert (refused.status_code, refused.json()) == (503, {"detail": "HTTP 503"})


def test_a_reset_forgets_all_orders(plant, minutes):
    whole = minutes()
    order(plant, "gap", "00:00", "00:04")
    assert minutes() == []

    plant.reset()
    plant.obey(system="plant", now=NOW)

    assert json.dumps(minutes()) == json.dumps(whole)
