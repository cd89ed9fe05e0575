"""Programs that exist read the warehouse by another base URL and nothing else.

They live in an environment of their own, which `make test-clients` makes.
"""

import hashlib
import subprocess
from decimal import Decimal

import pytest

pytestmark = pytest.mark.clients

CLOSED = """
select (extract(epoch from opened_at) * 1000)::bigint, open_price, high_price,
    low_price, close_price, base_volume
from marts.fct_candles_{grain}
where symbol = 'BTCUSDT' and opened_at <= (
    select max(opened_at) + interval '1 minute' from marts.fct_candles_1m
    where symbol = 'BTCUSDT'
) - interval '{width}'
order by 1
"""


@pytest.fixture(scope="module")
def hours(house) -> list[tuple]:
    return house.query(CLOSED.format(grain="1h", width="1 hour"))


@pytest.fixture(scope="module")
def days(house) -> list[tuple]:
    return house.query(CLOSED.format(grain="1d", width="1 day"))


def test_ccxt_finds_the_markets_and_pages_through_all_closed_hours(
    house, client, hours, days
):
    got = client("ccxt", house.url)

    assert got["markets"] == ["ADA/USDT", "BTC/USDT", "ETH/USDT", "XRP/USDT"]
    assert [tuple(row) for row in got["rows"]] == hours
    assert [tuple(row) for row in got["newest"]] == days[-3:]


def test_python_binance_gets_the_newest_hours_and_all_by_its_generator(
    house, client, hours
):
    got = client("python_binance", house.url)

    for found, wanted in ((got["newest"], hours[-5:]), (got["rows"], hours)):
        assert [(row[0], *map(Decimal, row[1:6])) for row in found] == wanted


def test_freqtrade_downloads_all_but_the_newest_which_it_takes_for_open(
    house, client, hours, days, tmp_path
):
    since = days[1][0]

    got = client("freqtrade", house.url, tmp_path, f"{since // 1000}-")

    for grain, wanted in (("1h", hours), ("1d", days)):
        assert [(at * 1000, close) for at, close in got[grain]] == [
            (opened, close)
            for opened, _, _, _, close, _ in wanted[:-1]
            if opened >= since
        ]


def test_pandas_polars_and_duckdb_read_the_same_exact_closes(house, client, tmp_path):
    [(count, total)] = house.query(
        "select count(*), sum(close_price)::text from marts.fct_candles_1h "
        "where symbol = 'BTCUSDT'"
    )

    got = client("tables", house.url, tmp_path)

    assert got == dict.fromkeys(("pandas", "polars", "duckdb"), [count, total])


def test_curl_gets_csv_that_psql_would_print(house):
    done = subprocess.run(  # noqa: S603 - a client as users have it
        ["curl", "-sS", f"{house.url}/v1/candles/binance/BTCUSDT?grain=1d&format=csv"],  # noqa: S607 - from PATH
        check=True,
        capture_output=True,
        text=True,
    )

    [(count,)] = house.query(
        "select count(*) from marts.fct_candles_1d where symbol = 'BTCUSDT'"
    )
    assert len(done.stdout.splitlines()) == count + 1


def test_beyond_this_machine_ccxt_needs_its_key_and_gets_all_with_it(
    serve, client, hours
):
    key = "a key of a bot"
    digest = hashlib.sha256(key.encode()).hexdigest()
    url = serve("--host", "0.0.0.0", SERVING_KEYS=digest)  # noqa: S104 - what is tried

    assert [tuple(row) for row in client("ccxt", url, key)["rows"]] == hours
    with pytest.raises(AssertionError, match="401|AuthenticationError|key is needed"):
        client("ccxt", url, "another")
