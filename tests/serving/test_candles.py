"""Candles as the clean API and Binance's protocol give them, held against the marts."""

import csv
import io
import json

import polars as pl
import pytest

COLUMNS = (
    *("open_price", "high_price", "low_price", "close_price", "base_volume"),
    *("quote_volume", "trade_count", "minute_count"),
)


@pytest.fixture(scope="module")
def hours(house) -> list[tuple[str, ...]]:
    """Return the marts' hours of BTCUSDT, as text, oldest first."""
    numbers = ", ".join(f"{name}::text" for name in COLUMNS)
    return house.query(f"""
        select
            to_char(opened_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            {numbers}
        from marts.fct_candles_1h
        where symbol = 'BTCUSDT'
        order by 1
    """)  # noqa: S608 - names of ours


def test_pages_of_json_give_each_hour_once_to_the_last_digit(house, hours):
    pages, path = [], "/v1/candles/binance/btcusdt?from=2000-01-01&limit=100"
    while path:
        answer = house.ask(path)
        pages += answer.json()
        path = answer.links.get("next", {}).get("url")

    got = [(row["opened_at"], *(str(row[name]) for name in COLUMNS)) for row in pages]
    assert got == hours


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow", "parquet"])
def test_a_stream_gives_each_hour_once_to_the_last_digit(house, hours, form):
    body = house.ask(f"/v1/candles/binance/BTCUSDT?format={form}").content

    read = {
        "csv": lambda: list(csv.DictReader(io.StringIO(body.decode()))),
        "ndjson": lambda: [json.loads(line) for line in body.splitlines()],
        "arrow": lambda: pl.read_ipc_stream(io.BytesIO(body)).to_dicts(),
        "parquet": lambda: pl.read_parquet(io.BytesIO(body)).to_dicts(),
    }[form]()
    got = [tuple(str(row[name]) for name in COLUMNS) for row in read]
    assert got == [tuple(values) for _, *values in hours]


def test_numbers_are_json_numbers_of_the_same_digits_when_asked(house, hours):
    answer = house.ask("/v1/candles/binance/BTCUSDT?numbers=number&limit=1")

    (row,) = json.loads(answer.text, parse_float=str, parse_int=str)
    assert row["close_price"] == hours[-1][4]


def test_without_a_start_the_newest_hours_come_oldest_first(house, hours):
    rows = house.ask("/v1/candles/binance/BTCUSDT?limit=3").json()

    assert [row["opened_at"] for row in rows] == [hour[0] for hour in hours[-3:]]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/candles/binance/NOPE", 404, "NOPE"),
        ("/v1/candles/kraken/BTCUSDT", 404, "kraken"),
        ("/v1/candles/binance/BTCUSDT?grain=2h", 422, "1m, 5m, 15m, 1h, 4h, 1d, 1w"),
        ("/v1/candles/binance/BTCUSDT?from=yesterday", 422, "2024-01-31T12:00:00Z"),
        ("/v1/candles/binance/BTCUSDT?limit=5001", 422, "limit"),
        ("/v1/candles/binance/BTCUSDT?format=xml", 422, "parquet"),
        ("/v1/candles/binance/BTCUSDT?cursor=AAAA", 422, "cursor"),
        ("/v1/candles/binance/BTC%00USDT", 422, "value"),
    ],
)
def test_what_is_not_known_is_refused_in_a_sentence_that_names_what_is(
    house, path, status, said
):
    answer = house.ask(path)

    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


def test_klines_are_the_closed_candles_in_the_exchange_s_form(house):
    rows = house.ask(
        "/binance/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1000"
    ).json()

    closed = house.query(
        "select (extract(epoch from opened_at) * 1000)::bigint, close_price::text, "
        "base_volume::text, trade_count from marts.fct_candles_1h "
        "where symbol = 'BTCUSDT' and opened_at + interval '1 hour' <= ("
        "select max(opened_at) + interval '1 minute' from marts.fct_candles_1m "
        "where symbol = 'BTCUSDT') order by 1"
    )
    assert [(row[0], row[4], row[5], row[8]) for row in rows] == closed
    assert {len(row) for row in rows} == {12}
    assert {row[6] - row[0] for row in rows} == {3_599_999}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=NOPE&interval=1h", -1121),
        ("symbol=BTCUSDT&interval=3m", -1120),
        ("symbol=BTCUSDT", -1102),
        ("symbol=btcusdt&interval=1h", -1100),
        ("symbol=BTCUSDT&interval=1h&limit=0", -1102),
        ("symbol=BTCUSDT&interval=1h&what=1", -1104),
        ("symbol=BTCUSDT&interval=1d&timeZone=5", -1102),
    ],
)
def test_klines_that_can_t_be_given_are_refused_by_the_exchange_s_codes(
    house, query, code
):
    answer = house.ask(f"/binance/api/v3/klines?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
