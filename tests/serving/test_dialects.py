"""What the dialects have in common: old clients read them, and so do refusals."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.sources import binance, plant
from ingestion.window import Window
from serving.settings import Settings
from tests.serving.inside import ask, served_inside


@pytest.fixture(scope="module")
def without_database():
    """Return a service whose database is gone."""
    with served_inside("postgresql://nobody@127.0.0.1:9/none", Settings()) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "binance/api/v3/klines?symbol=BTCUSDT&interval=1h",
            lambda body: body["code"] == -1008 and body["msg"],
        ),
        ("frankfurter/v1/latest", lambda body: body["message"]),
        (
            "frankfurter/v2/rates",
            lambda body: body["status"] == 503 and body["message"],
        ),
        (
            "udf/history?symbol=BTCUSDT&resolution=60",
            lambda body: body["s"] == "error" and body["errmsg"],
        ),
        (
            "coinmarketcap/v1/cryptocurrency/listings/latest",
            lambda body: (
                body["status"]["error_code"] == 503 and body["status"]["error_message"]
            ),
        ),
        ("plant/T01/data", lambda body: body["detail"]),
    ],
)
def test_a_database_that_is_gone_is_told_in_the_dialect_s_form(
    without_database, path, told
):
    answer = ask(f"{without_database}/{path}")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "ask again" in told(answer.json())


def test_a_parameter_that_is_missing_is_told_in_the_dialect_s_form(without_database):
    answer = ask(f"{without_database}/udf/history?resolution=60")

    assert answer.status_code == 422
    assert answer.json()["s"] == "error"
    assert "symbol" in answer.json()["errmsg"]


@pytest.fixture
def yesterday() -> Window:
    """Return the newest UTC day that is over."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(midnight - timedelta(days=1), midnight)


def test_what_reads_a_plant_reads_the_warehouse_without_a_gap(house, yesterday):
    pages = plant.readings(f"{house.url}/plant", "T01", plant.COLUMNS, yesterday)

    ((held,),) = house.query(
        "select count(distinct read_at) from marts.fct_turbine_readings_1m "
        "where turbine_id = 'T01' and read_at >= %s and read_at < %s",
        *(yesterday.start, yesterday.end),
    )
    assert sum(page.records for page in pages) == held == 1440


def test_what_reads_an_exchange_reads_the_warehouse_without_a_gap(house, yesterday):
    pages = list(binance.klines(f"{house.url}/binance", "BTCUSDT", yesterday))

    assert sum(page.records for page in pages) == 1440
    assert [page.gaps for page in pages] == [()] * len(pages)
    assert pages[-1].reached == yesterday.end
