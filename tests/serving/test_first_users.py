"""The first users' own addresses, held against the marts."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

SOME_HOURS = """
select
    to_char(opened_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as datetime,
    open_price::text, high_price::text, low_price::text, close_price::text
from marts.fct_candles_1h
where {which}
order by opened_at
"""
CLOSED = """
symbol = 'BTCUSDT' and opened_at + interval '59 minutes' <= (
    select max(opened_at) from marts.fct_candles_1m where symbol = 'BTCUSDT'
)
"""
OLD = """
insert into marts.fct_candles_{grain} (
    exchange, symbol, opened_at, is_final, {names}
)
select
    'binance', 'OLDUSDT',
    '2026-10-01'::timestamptz - hours * interval '1 hour',
    hours > 0, {names}
from marts.fct_candles_{grain}
cross join generate_series(0, 6000) as hours
where symbol = 'BTCUSDT' and opened_at = (
    select max(opened_at) from marts.fct_candles_{grain} where symbol = 'BTCUSDT'
)
"""
NOT_OLD = "delete from marts.fct_candles_{grain} where symbol = 'OLDUSDT'"
COLUMNS = ("datetime", "open", "high", "low", "close")
RATES = """
select
    to_jsonb(pulled_at) #>> '{}', currency_from, currency_to,
    usd_to_currency_rate::text, currency_to_usd_rate::text
from marts.rpt_usd_rates_1d
"""
RATE_NAMES = (
    *("timestamp", "currency_from", "currency_to"),
    *("USD_to_currency_rate", "currency_to_USD_rate"),
)


@pytest.fixture(scope="module")
def hours(house) -> list[tuple[str, ...]]:
    """Return the closed hours of BTCUSDT in the marts, oldest first."""
    return house.query(SOME_HOURS.format(which=CLOSED))


@pytest.fixture(scope="module")
def snapshots(house) -> list:
    """Return the times of all snapshots of ranks, oldest first."""
    query = "select distinct snapshot_at from marts.fct_coin_ranks_1m order by 1"
    return [at for (at,) in house.query(query)]


@pytest.fixture
def old_hours(house) -> Iterator[list[tuple[str, ...]]]:
    """Return 6,000 final hours of a symbol; one that may still change follows them."""
    for grain in ("1h", "1w"):
        names = house.query(
            "select string_agg(column_name, ', ') from information_schema.columns "
            "where table_schema = 'marts' and table_name = %s and column_name "
            "not in ('exchange', 'symbol', 'opened_at', 'is_final')",
            f"fct_candles_{grain}",
        )[0][0]
        house.query(OLD.format(grain=grain, names=names), role="transformer")
    yield house.query(SOME_HOURS.format(which="symbol = 'OLDUSDT' and is_final"))
    for grain in ("1h", "1w"):
        house.query(NOT_OLD.format(grain=grain), role="transformer")


def columns_of(answer) -> list[tuple[str, ...]]:
    """Return an answer's columns as rows of text, checked to be numbered from 0 on."""
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.text, parse_float=str, parse_int=str)
    assert tuple(found) == COLUMNS
    places = [str(place) for place in range(len(found["datetime"]))]
    assert all(list(column) == places for column in found.values())
    return list(zip(*(column.values() for column in found.values()), strict=True))


def exact(answer) -> list[dict[str, str]]:
    """Return an answer's objects, its numbers as the text that they are written as."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=str, parse_int=str)


@pytest.mark.parametrize("asset", ["btc", "BTC", "Btc", "BTCUSDT"])
def test_an_asset_gives_its_newest_720_closed_hours_to_the_last_digit(
    house, hours, asset
):
    got = columns_of(house.ask(f"/{asset}"))

    assert got == hours[-720:]


@pytest.mark.parametrize("start", ["1990-01-01", "2026-05-01"])
def test_a_range_of_more_than_1000_hours_is_whole(house, old_hours, start):
    got = columns_of(house.ask(f"/old?startTime={start}"))

    expected = [hour for hour in old_hours if hour[0] >= start]
    assert len(expected) > 1000
    assert got == expected


def test_both_ends_of_a_range_are_in_it_and_naive_times_are_utc(house, hours):
    start, end = hours[-9][0].rstrip("Z"), hours[-5][0].rstrip("Z")

    got = columns_of(house.ask(f"/btc?startTime={start}&endTime={end}"))

    assert got == hours[-9:-4]


@pytest.mark.parametrize("start", ["2000-01-01", "2000-01-02T23:00"])
def test_a_range_without_candles_has_all_columns_and_no_rows(house, start):
    got = columns_of(house.ask(f"/btc?startTime={start}&endTime=2000-01-03"))

    assert got == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nope", 404, "nope"),
        ("/nope?startTime=2000-01-01", 404, "nope"),
        ("/favicon.ico", 404, "favicon.ico"),
        ("/btc?startTime=yesterday", 422, "startTime"),
        ("/v1/rates?currency=xyz", 404, "xyz"),
        ("/?limit=0", 422, "limit"),
        ("/?limit=many", 422, "limit"),
        ("/?limit=", 422, "limit"),
        ("/?datetime=2024-01-01", 422, "limit"),
        ("/?limit=3&datetime=noon", 422, "datetime"),
        ("/?limit=3&datetime=2001-01-01", 404, "before"),
    ],
)
def test_what_can_t_be_given_is_refused_in_a_sentence(house, path, status, said):
    answer = house.ask(path)

    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_asset_is_told_which_there_are(house):
    known = house.ask("/nope").json()["known"]

    assert {"ada", "btc"} <= set(known)
    assert all(house.ask(f"/{asset}").status_code == 200 for asset in known)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json, text/html", "application/json"),
    ],
)
def test_the_root_answers_a_browser_by_a_page_and_a_program_by_json(
    house, accept, kind
):
    answer = house.ask("/", headers={"accept": accept})

    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["vary"] == "accept"
    if kind == "application/json":
        assert list(answer.json()) == ["message"]


def test_the_page_names_the_addresses_and_no_other_host(house):
    page = house.ask("/", headers={"accept": "text/html"}).text

    for address in ("/docs", "/btc", "?limit=", "/v1/rates", "/data", "/v1/health"):
        assert address in page
    assert '<button id="update">' in page
    assert not re.findall(r"https?:|src=|url\(|\"//", page)
    for link in re.findall(r'href="([^"]+)"', page):
        assert house.ask(link).status_code == 200, link


def test_the_top_list_is_the_newest_snapshot_s_first_coins(house, snapshots):
    answer = house.ask("/?limit=25")

    expected = house.query(
        "select coin_rank::text, symbol, price_usd::text "
        "from marts.fct_coin_ranks_1m as ranks "
        "where snapshot_at = %s order by ranks.coin_rank limit 25",
        snapshots[-1],
    )
    assert [tuple(row.values()) for row in exact(answer)] == expected
    assert {tuple(row) for row in answer.json()} == {("Rank", "Symbol", "Price USD")}
    assert answer.headers["x-snapshot-at"] == f"{snapshots[-1]:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("form", ["csv", "CSV", "cSv"])
def test_the_top_list_as_csv_says_the_same(house, form):
    rows = exact(house.ask("/?limit=2000000&format=json"))

    answer = house.ask(f"/?limit=2000000&format={form}")

    assert answer.headers["content-type"].split(";")[0] == "application/csv"
    assert answer.text.splitlines()[0] == "Rank,Symbol,Price USD"
    assert list(csv.DictReader(io.StringIO(answer.text))) == [
        {name: value or "" for name, value in row.items()} for row in rows
    ]


def test_another_format_than_csv_is_json(house):
    answer = house.ask("/?limit=1&format=xml")

    assert answer.headers["content-type"] == "application/json"


def test_a_minute_that_was_missed_gives_the_snapshot_before(house, snapshots):
    later = snapshots[-1] + timedelta(days=1)

    answer = house.ask(f"/?limit=1&datetime={later:%Y-%m-%dT%H:%M}")

    assert answer.headers["x-snapshot-at"] == f"{snapshots[-1]:%Y-%m-%dT%H:%M:%SZ}"


def test_rates_are_those_of_all_days_oldest_first_to_the_last_digit(house):
    answer = house.ask("/v1/rates")

    got = [tuple(row[name] for name in RATE_NAMES) for row in exact(answer)]
    expected = house.query(f"{RATES} order by rate_date, currency_to")
    assert len(expected) > 5000
    assert got == [(iso(at), *values) for at, *values in expected]


@pytest.mark.parametrize("currency", ["ngn", "NGN", "Eur"])
def test_rates_of_a_currency_are_asked_in_any_case(house, currency):
    answer = house.ask(f"/v1/rates?currency={currency}")

    got = [tuple(row[name] for name in RATE_NAMES) for row in exact(answer)]
    expected = house.query(
        f"{RATES} where currency_to = %s order by rate_date", currency.upper()
    )
    assert got == [(iso(at), *values) for at, *values in expected]
    assert len(got) > 0


@pytest.fixture
def plant(serve) -> str:
    """Return the address of a service that is set to one turbine."""
    return serve(SERVING_PLANT_TURBINE="T01")


@pytest.fixture(scope="module")
def powers(house) -> list[tuple[int, str, float]]:
    """Return what T01 gave of power: id, time, value, oldest first."""
    return house.query(
        "select (extract(epoch from read_at) * 1000)::bigint, "
        "replace((read_at at time zone 'utc')::text, ' ', 'T'), value "
        "from marts.fct_turbine_readings_1m "
        "where turbine_id = 'T01' and signal = 'power' order by 1"
    )


def test_readings_of_several_turbines_are_refused_and_the_turbines_named(house):
    for path in ("/data", "/data/1"):
        answer = house.ask(path)

        assert answer.status_code == 422
        assert {"T01", "T02"} <= set(answer.json()["known"])
        assert "SERVING_PLANT_TURBINE" in answer.json()["detail"]


@pytest.mark.parametrize("minutes", [10, 10**6])
def test_readings_have_the_start_and_not_the_end(plant, powers, minutes):
    start = powers[5][1]
    end = powers[min(5 + minutes, len(powers) - 1)][1]

    rows = requests.get(
        f"{plant}/data?start_timestamp={start}&end_timestamp={end}"
        "&columns=power&columns=nope",
        timeout=60,
    ).json()

    assert rows == [
        {"timestamp": at, "power": value}
        for _, at, value in powers
        if start <= at < end
    ]


def test_readings_without_columns_are_whole_and_not_wrapped(plant, powers):
    start, end = powers[-2][1], powers[-1][1]

    (row,) = requests.get(
        f"{plant}/data?start_timestamp={start}&end_timestamp={end}", timeout=60
    ).json()

    assert (row["id"], row["timestamp"], row["power"]) == powers[-2]
    assert len(row) > 3
    assert requests.get(f"{plant}/data/{row['id']}", timeout=60).json() == row


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/data?columns=nope", 400, {"detail": "Invalid column names"}),
        ("/data?start_timestamp=2100-01-01", 200, []),
        ("/data/7", 404, {"detail": "Data not found"}),
    ],
)
def test_readings_that_are_not_there_are_told_as_they_were(plant, path, status, body):
    answer = requests.get(plant + path, timeout=60)

    assert (answer.status_code, answer.json()) == (status, body)


def iso(at: str) -> str:
    """Return a time of Postgres' JSON as it is served."""
    return at.replace("+00:00", "Z")
