"""Answers of any length: whole or visibly not, two at a time, at flat memory."""

import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest
import requests

ROWS = 1_000_000
MADE = f"""
insert into staging.stg_binance__klines
select made.*
from staging.stg_binance__klines as model
cross join lateral generate_series(0, {ROWS} - 1) as numbers (number)
cross join lateral (
    select (
        jsonb_populate_record(
            model,
            jsonb_build_object(
                'symbol', 'MANYUSDT',
                'opened_at',
                timestamptz '2020-01-01Z' + numbers.number * interval '1 minute'
            )
        )
    ).*
) as made
where (model.symbol, model.opened_at) = (
    select symbol, opened_at from staging.stg_binance__klines limit 1
)
"""  # noqa: S608 - a number of ours
WEEK = """
insert into marts.fct_candles_1w
select made.*
from marts.fct_candles_1w as model
cross join lateral (
    select (jsonb_populate_record(model, '{"symbol": "MANYUSDT"}')).*
) as made
limit 1
"""
PATH = "/v1/candles/binance/MANYUSDT?grain=1m&format="


@pytest.fixture(scope="module")
def many(house):
    """Return a symbol of a million minutes, which goes afterwards."""
    for statement in (MADE, WEEK):
        house.query(statement, role="transformer")
    yield "MANYUSDT"
    for table in ("staging.stg_binance__klines", "marts.fct_candles_1w"):
        house.query(
            f"delete from {table} where symbol = 'MANYUSDT'",  # noqa: S608 - ours
            role="transformer",
        )


def read(url: str) -> tuple[int, int, int]:
    """Return the bytes, the lines and the peak of the service's memory, in bytes."""
    (process,) = {
        psutil.Process(found.pid)
        for found in psutil.net_connections("tcp")
        if found.laddr.port == urlsplit(url).port and found.status == "LISTEN"
    }
    size = lines = peak = 0
    with requests.get(url, stream=True, timeout=600) as answer:
        assert answer.status_code == 200
        for part in answer.iter_content(2**18):
            size += len(part)
            lines += part.count(b"\n")
            peak = max(peak, process.memory_info().rss)
    return size, lines, peak


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow", "parquet"])
def test_a_million_rows_take_no_more_memory_than_a_few(house, serve, many, form):
    url = serve()
    few = f"{url}/v1/candles/binance/BTCUSDT?grain=1m&format={form}"
    _, _, before = read(few)

    size, lines, peak = read(f"{url}{PATH}{form}")

    assert lines >= ROWS or form in ("arrow", "parquet")
    assert peak < before + 60 * 2**20, size


def test_two_large_answers_are_given_at_a_time_and_a_third_is_told_when(house, many):
    held = []
    for _ in range(2):
        answer = requests.get(house.url + PATH + "csv", stream=True, timeout=60)
        # dropped, the iterator would close the connection
        parts = answer.iter_content(1000)
        next(parts)
        held.append((answer, parts))

    third = house.ask(PATH + "csv")
    page = house.ask("/v1/candles/binance/BTCUSDT?limit=1")
    for answer, _ in held:
        answer.close()
    deadline = time.monotonic() + 60
    while house.ask("/v1/candles/binance/BTCUSDT?format=csv").status_code == 503:
        assert time.monotonic() < deadline

    assert (third.status_code, third.headers["retry-after"]) == (503, "30")
    assert page.status_code == 200


def test_a_stream_that_breaks_off_is_seen_not_to_be_whole(house, serve, many):
    url = urlsplit(serve())
    with socket.create_connection((url.hostname, url.port), 60) as asked:
        asked.sendall(f"GET {PATH}csv HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        got = asked.recv(1000)
        house.query(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query like 'copy (%MANYUSDT%'",
            role="admin",
        )
        while part := asked.recv(2**20):
            got = got[-100:] + part

    assert not got.endswith(b"0\r\n\r\n")
