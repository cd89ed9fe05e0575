"""A plant's readings as its own API gives them, held against the mart."""

from datetime import UTC, datetime

import pytest


@pytest.fixture(scope="module")
def readings(house) -> dict[int, dict[str, float]]:
    """Return the mart's values of T01 by signal, by their time in ms, oldest first."""
    rows: dict[int, dict[str, float]] = {}
    for at, signal, value in house.query(
        "select (extract(epoch from read_at) * 1000)::bigint, signal, value "
        "from marts.fct_turbine_readings_1m where turbine_id = 'T01' order by 1, 2"
    ):
        rows.setdefault(at, {})[signal] = value
    return rows


def moment(at: int) -> str:
    """Return a time as the plant writes it: in UTC, without saying so."""
    return datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None).isoformat()


def test_without_bounds_all_rows_come_whole_and_wrapped_oldest_first(house, readings):
    rows = house.ask("/plant/T01/data").json()

    assert len(readings) > 2 * 1440
    assert [row.keys() for row in rows] == [{"Data"}] * len(readings)
    assert [row["Data"] for row in rows] == [
        {"id": at, "timestamp": moment(at), **values} for at, values in readings.items()
    ]


@pytest.mark.parametrize("minutes", [10, 2000])
def test_a_range_has_its_start_and_not_its_end(house, readings, minutes):
    first, *_ = readings
    end = first + minutes * 60_000
    rows = house.ask(
        f"/plant/T01/data?start_timestamp={moment(first)}&end_timestamp={moment(end)}"
        "&columns=power&columns=id&columns=nope"
    ).json()

    assert rows == [
        {"id": at, "timestamp": moment(at), "power": values["power"]}
        for at, values in readings.items()
        if at < end
    ]


def test_a_row_of_an_id_is_whole_and_not_wrapped(house, readings):
    at, values = next(reversed(readings.items()))

    row = house.ask(f"/plant/T01/data/{at}").json()

    assert row == {"id": at, "timestamp": moment(at), **values}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/plant/T09/data", 404, "T09"),
        ("/plant/T01/data?columns=nope", 400, "Invalid column names"),
        ("/plant/T01/data?start_timestamp=yesterday", 422, "2024-01-31T12:00:00Z"),
        ("/plant/T01/data/5", 404, "Data not found"),
        ("/plant/T01/data/99999999999999999999", 404, "Data not found"),
    ],
)
def test_what_is_not_there_is_refused_as_the_plant_does(house, path, status, said):
    answer = house.ask(path)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_nothing_there_is_an_empty_list(house):
    assert house.ask("/plant/T01/data?start_timestamp=2100-01-01").json() == []


@pytest.mark.parametrize(
    ("mart", "key", "time"),
    [
        (
            "fct_turbine_readings_1m",
            "turbine_id = 'T01' and signal = 'power'",
            "read_at",
        ),
        ("fct_candles_1m", "symbol = 'BTCUSDT'", "opened_at"),
    ],
)
def test_the_newest_of_a_series_is_looked_up_in_the_index(house, mart, key, time):
    newest = f"select {time} from marts.{mart} where {key} order by 1 desc limit 1"  # noqa: S608 - names of ours
    limit, *plan = [line for (line,) in house.query(f"explain {newest}")]

    assert limit.startswith("Limit")
    nodes = [line.partition("->  ")[2] for line in plan if "->" in line]
    assert "Index Only Scan Backward" in nodes[-1]
    looked_up = ("Index Only Scan Backward", "Merge Append")
    assert all(node.startswith(looked_up) for node in nodes), nodes
