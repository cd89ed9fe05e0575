"""Each turbine from its own place, a day a page, and the columns that are wanted."""

import json
from datetime import datetime, timedelta

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.window import Window
from warehouse import WarehouseError

NOW = "2024-05-24T12:00:30Z"
SPAN = Window.between("2024-05-20T22:00", "2024-05-22T03:30")
DAY = Window.between("2024-05-21", "2024-05-22")
SIGNALS = ["wind_speed", "power", "ambient_temperature"]


@pytest.fixture
def land(sandbox, database):
    """Return what lands T01, or other turbines, from the stand-in at NOW."""
    sandbox.at(NOW)

    def land(window=None, turbines=("T01",), **settings):
        base_url = f"{sandbox.url}/plant"
        return ingest("plant", window, turbines=turbines, base_url=base_url, **settings)

    return land


@pytest.fixture
def landed(database):
    """Return what looks up the request and the payload of each page that landed."""
    sql = "select request, payload from raw.plant__readings order by fetched_at"
    return lambda: [
        (json.loads(request), payload) for request, payload in database.query(sql)
    ]


def fetches(database):
    """Return key, outcome and sentence of what was asked, gaps left out."""
    return database.query(
        "select key, outcome, sentence from raw.plant__fetches "
        "where outcome != 'empty' order by key, fetched_at"
    )


def gaps(database):
    """Return what the plant had nothing in."""
    return [
        str(Window(start, end))
        for start, end in database.query(
            "select asked_from, asked_to from raw.plant__fetches "
            "where outcome = 'empty' order by asked_from"
        )
    ]


def asked(database):
    """Return the spans that were asked, run after run."""
    return database.query(
        "select asked_from, asked_to from raw.plant__fetches "
        "where outcome in ('ok', 'unchanged') "
        "order by fetched_at"
    )


def midnight(time):
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_span_lands_a_utc_day_a_page_from_its_start_to_before_its_end(
    sandbox, land, landed
):
    report = land(SPAN)

    edges = ["2024-05-20T22:00:00", "2024-05-21T00:00:00", "2024-05-22T00:00:00"]
    edges = [f"{edge}Z" for edge in (*edges, "2024-05-22T03:30:00")]
    pages = landed()
    assert [request for request, _ in pages] == [
        {"turbine": "T01", "columns": SIGNALS, "start": start, "end": end}
        for start, end in zip(edges, edges[1:], strict=False)
    ]
    assert [row for _, payload in pages for row in json.loads(payload)] == (
        sandbox.readings("T01", edges[0], edges[-1])
    )
    assert report.sentence().startswith("plant: 3 pages, 1,770 readings of 1 keys")


def test_a_span_of_many_chunks_comes_to_its_end_over_days_without_readings(
    land, landed, monkeypatch
):
    monkeypatch.setattr("ingestion.keys.CHUNK_PAGES", 2)

    land(Window.between("2024-05-17", "2024-05-22"))

    lengths = [len(json.loads(payload)) for _, payload in landed()]
    assert lengths == [0, 0, 0, 1440, 1440]


def test_other_columns_are_asked_and_without_any_the_wrapped_rows_land(
    sandbox, land, landed
):
    land(DAY, columns=["power", "gust"])
    land(DAY, columns=[])

    (chosen, narrow), (whole, wrapped) = landed()
    assert (chosen["columns"], whole["columns"]) == (["power", "gust"], [])
    assert list(json.loads(narrow)[0]) == ["timestamp", "power"]
    every = ["id", "timestamp", *SIGNALS, "wind_direction"]
    assert list(json.loads(wrapped)[0]["Data"]) == every


def test_a_first_run_goes_back_whole_days_and_the_next_asks_the_last_ones_again(
    sandbox, land, landed, database
):
    sandbox.at(None)

    land(first_days=1)
    land(tail_days=3)
    land(tail_days=0)

    first, again, on = asked(database)
    assert first[0] == midnight(first[1]) - timedelta(days=1)
    assert again[0] == midnight(first[1] - timedelta(days=3))
    assert on[0] == midnight(again[1])
    times = [json.loads(payload)[0]["timestamp"] for _, payload in landed()]
    assert datetime.fromisoformat(times[0]) == first[0].replace(tzinfo=None)


def test_a_backfill_leaves_the_place_of_the_scheduled_runs_alone(
    sandbox, land, database
):
    sandbox.at(None)
    land(first_days=0)
    land(DAY)

    land(tail_days=0)

    first, backfill, after = asked(database)
    assert backfill == (DAY.start, DAY.end)
    assert after[0] == midnight(first[1])


def test_each_refusal_ends_its_turbine_with_a_sentence_and_the_others_land(
    sandbox, land, landed, database
):
    sandbox.refuse("plant", match="/T02/", status=503, times=None)

    report = land(DAY, turbines=["T01", "T02", "T99", "T01/../T02", ""])

    odd = "not asked: a turbine's id is letters, digits, _ and -"
    assert fetches(database) == [
        ("", "refused", odd),
        ("T01", "ok", None),
        ("T01/../T02", "refused", odd),
        ("T02", "failed", "answered HTTP 503"),
        ("T99", "refused", "HTTP 404: Not Found"),
    ]
    assert len(report.bad) == 4
    assert [request["turbine"] for request, _ in landed()] == ["T01"]
    assert {entry["path"] for entry in sandbox.requests("plant")} == {
        f"/plant/{turbine}/data" for turbine in ("T01", "T02", "T99")
    }


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["gust", "nonsense"], "HTTP 400: Invalid column names"),
        (["power", "x&y=1"], "not asked: 'x&y=1' can't be a column's name"),
    ],
)
def test_columns_that_are_unknown_or_odd_are_refused(land, database, columns, sentence):
    land(DAY, columns=columns)

    assert fetches(database) == [("T01", "refused", sentence)]


def test_a_past_day_without_readings_is_a_gap_and_today_is_not(sandbox, land, database):
    for day in ("21", "24"):
        bounds = {"from_ms": f"2024-05-{day}T00:00Z", "to_ms": f"2024-05-{day}T23:59Z"}
        sandbox.control("plant", gap={"turbine": "T01", **bounds})

    land(Window.between("2024-05-20", "2024-05-24T12:00"))

    assert gaps(database) == ["[2024-05-21T00:00:00Z, 2024-05-22T00:00:00Z)"]


def test_a_page_with_nan_lands_as_it_is(sandbox, land, landed):
    bounds = {"from_ms": "2024-05-21T00:00Z", "to_ms": "2024-05-21T00:00Z"}
    sandbox.control("plant", nan={"turbine": "T01", "column": "power", **bounds})

    land(DAY, columns=["power"])

    [(_, payload)] = landed()
    assert payload.startswith('[{"timestamp":"2024-05-21T00:00:00","power":NaN},{"')


@pytest.mark.parametrize("body", ["<html>", {"detail": "none"}, '[{"timestamp":1},'])
def test_an_answer_that_is_no_list_is_a_failure(sandbox, land, landed, database, body):
    sandbox.refuse("plant", body=body)

    land(DAY)

    [(_, outcome, sentence)] = fetches(database)
    assert outcome == "failed"
    assert sentence.startswith("no list of readings (HTTP 200")
    assert landed() == []


def test_without_an_address_nothing_is_asked(sandbox, database, landed):
    report = ingest("plant", DAY)

    assert report.sentence() == (
        "plant: not asked, since SOURCES__PLANT__BASE_URL is not set"
    )
    assert sandbox.requests("plant") == []
    assert landed() == []


def test_a_page_says_how_its_turbine_stamps_and_is_of_the_periods_of_its_span(
    sandbox, landed, environment, land
):
    form = {"zone": "Europe/Vienna", "seconds": 600, "stamp": "end"}
    sandbox.control("plant", form={"turbine": "T01", **form})
    environment["SOURCES__PLANT__ZONES"] = '{"T01": "Europe/Vienna"}'
    environment["SOURCES__PLANT__SAMPLING_SECONDS"] = '{"T01": 600}'
    environment["SOURCES__PLANT__STAMPS"] = '{"T01": "end", "T02": "start"}'

    land(DAY, ["T01", "T02"])

    pages = {request["turbine"]: (request, payload) for request, payload in landed()}
    request, payload = pages["T01"]
    span = {"start": "2024-05-21T00:00:00Z", "end": "2024-05-22T00:00:00Z"}
    said = {"zone": "Europe/Vienna", "sampling_seconds": 600, "stamp": "end"}
    assert request == {"turbine": "T01", "columns": SIGNALS, **span, **said}
    stamps = [row["timestamp"] for row in json.loads(payload)]
    assert (stamps[0], stamps[-1]) == ("2024-05-21T02:10:00", "2024-05-22T02:00:00")
    [asked] = sandbox.requests("plant", start_timestamp="2024-05-21T00:10:00Z")
    assert asked["query"]["end_timestamp"] == "2024-05-22T00:10:00Z"
    assert pages["T02"][0] == {"turbine": "T02", "columns": SIGNALS, **span}


def test_a_stamp_of_an_end_is_a_minute_late_where_no_interval_is_set(land, landed):
    land(DAY, stamps='{"T01": "end"}')

    [(request, _)] = landed()
    assert (request["stamp"], request["sampling_seconds"]) == ("end", 60)


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("zones", "Europe/Atlantis", "a zone is written like Europe/Vienna"),
        ("zones", "CET", "a zone is written like Europe/Vienna"),
        ("zones", "../etc/passwd", "a zone is written like Europe/Vienna"),
        ("zones", 1, "a zone is written like Europe/Vienna"),
        ("sampling_seconds", 7, "so many seconds must divide a day"),
        ("sampling_seconds", 0, "so many seconds must divide a day"),
        ("sampling_seconds", "600", "so many seconds must divide a day"),
        ("stamps", "middle", "a stamp names the start or the end"),
    ],
)
def test_an_odd_setting_of_a_turbine_is_said_and_the_others_land(
    land, landed, database, setting, value, rule
):
    land(DAY, ["T01", "T02"], **{setting: json.dumps({"T01": value})})

    name = f"SOURCES__PLANT__{setting.upper()}"
    assert fetches(database) == [
        ("T01", "refused", f"not asked: {name} says {value!r}, but {rule}"),
        ("T02", "ok", None),
    ]
    assert [request["turbine"] for request, _ in landed()] == ["T02"]


@pytest.mark.parametrize("text", ["Europe/Vienna", '["T01"]', '{"T01":'])
def test_a_setting_that_is_no_json_object_is_said_before_anything_is_asked(
    environment, land, text
):
    environment["SOURCES__PLANT__ZONES"] = text

    with pytest.raises(WarehouseError, match="SOURCES__PLANT__ZONES can't be read"):
        land(DAY)


def test_the_command_takes_a_day_and_the_columns(
    sandbox, landed, environment, database, capsys
):
    sandbox.at(NOW)
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant/"
    environment["SOURCES__PLANT__TURBINES"] = '["T01", "T02"]'

    words = ["--from", "2024-05-21", "--to", "2024-05-22"]
    code = main(["plant", *words, "--columns", "power,wind_speed"])

    assert code == 0, capsys.readouterr().out
    assert sorted(request["turbine"] for request, _ in landed()) == ["T01", "T02"]
    assert {tuple(request["columns"]) for request, _ in landed()} == {
        ("power", "wind_speed")
    }
