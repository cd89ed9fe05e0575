"""Coins, rates, turbines, tokens, gaps and health over HTTP, held against the marts."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from serving import times
from serving.api.coins import RANKS, TOP
from serving.api.fx import QUOTES
from serving.api.quality import GAPS
from serving.api.tokens import DAILY, TRANSFERS
from serving.api.turbines import SIGNALS
from serving.settings import Settings
from tests.serving.inside import ask, served_inside

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OF_USDC = f"token_address = '{USDC.lower()}'"
NEWEST = "snapshot_at = (select max(snapshot_at) from marts.fct_coin_ranks_1m)"
EARLY = "from=2000-01-01"
LISTS = {
    "a ranking": (TOP, "coins/top?n=5000", NEWEST),
    "a coin": (RANKS, f"coins/1027/ranks?{EARLY}", "coin_id = 1027"),
    "a pair": (
        QUOTES,
        "fx/rates?provider=ECB&base=eur&quote=usd&from=2026-01-01&to=2026-06-30",
        "provider = 'ecb' and base_currency = 'EUR' and quote_currency = 'USD' "
        "and rate_date between '2026-01-01' and '2026-06-30'",
    ),
    "a day's rates": (
        QUOTES,
        "fx/rates?from=2026-06-01&to=2026-06-01",
        "rate_date = '2026-06-01'",
    ),
    "a signal": (
        SIGNALS,
        f"turbines/T01/signals?signal=power&{EARLY}",
        "turbine_id = 'T01' and signal = 'power'",
    ),
    "all signals": (SIGNALS, f"turbines/T02/signals?{EARLY}", "turbine_id = 'T02'"),
    "transfers": (TRANSFERS, f"tokens/{USDC}/transfers?{EARLY}", OF_USDC),
    "days of a token": (DAILY, f"tokens/{USDC}/daily?{EARLY}", OF_USDC),
    "gaps": (GAPS, "gaps?", "true"),
    "gaps of a series": (
        GAPS,
        "gaps?system=ecb&series=EUR",
        "system = 'ecb' and series_key = 'EUR'",
    ),
}


def marts(house, listing, where):
    """Return a mart's rows as a list should have them."""
    query = listing.select([where], listing.order())
    return [
        dict(zip(listing.columns, map(written, row), strict=True))
        for row in house.query(query)
    ]


def written(value):
    """Return a value as JSON has it; a time as it is."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return value.isoformat() if is_day else value


def read(listing, row):
    """Return an answer's row with its times."""
    return {
        name: datetime.fromisoformat(value)
        if value and listing.columns[name] == "time"
        else value
        for name, value in row.items()
    }


@pytest.mark.parametrize("name", LISTS)
def test_pages_of_a_list_give_each_row_of_the_mart_once_to_the_last_digit(house, name):
    listing, path, where = LISTS[name]

    rows, pages, path = [], 0, f"/v1/{path}&limit=61"
    while path:
        answer = house.ask(path)
        rows += [read(listing, row) for row in answer.json()]
        pages += 1
        path = answer.links.get("next", {}).get("url")

    assert rows
    assert rows == marts(house, listing, where)
    assert pages == -(-len(rows) // 61)


@pytest.mark.parametrize("name", LISTS)
def test_a_stream_of_a_list_gives_each_row_of_the_mart_once(house, name):
    listing, path, where = LISTS[name]

    lines = house.ask(f"/v1/{path}&format=ndjson").content.splitlines()

    rows = [read(listing, json.loads(line)) for line in lines]
    assert rows == marts(house, listing, where)


@pytest.mark.parametrize(
    ("path", "key", "mart", "where"),
    [
        ("coins/1/ranks", "snapshot_at", "fct_coin_ranks_1m", "coin_id = 1"),
        (
            "fx/rates?quote=USD",
            "rate_date",
            "fct_fx_rates_1d",
            "quote_currency = 'USD'",
        ),
        (f"tokens/{USDC}/daily", "transfer_date", "fct_token_transfers_1d", OF_USDC),
        (f"tokens/{USDC}/transfers", "block_at", "fct_token_transfers", OF_USDC),
        (
            "turbines/T01/signals",
            "window_started_at",
            "fct_turbine_signals_10m",
            "turbine_id = 'T01'",
        ),
    ],
)
def test_without_a_start_a_list_ends_with_the_newest_row(house, path, key, mart, where):
    ((newest,),) = house.query(f"select max({key}) from marts.{mart} where {where}")  # noqa: S608 - ours

    rows = house.ask(f"/v1/{path}", params={"limit": 3}).json()

    times_of_rows = [row[key] for row in rows]
    assert date.fromisoformat(times_of_rows[-1][:10]) == (
        newest.astimezone(UTC).date() if isinstance(newest, datetime) else newest
    )
    assert times_of_rows == sorted(times_of_rows)


RATE = "select rate, rate_date, provider from marts.fx_rate(%s, %s, %s)"


@pytest.mark.parametrize("pair", [("EUR", "USD"), ("NGN", "KES"), ("GBP", "JPY")])
def test_a_rate_is_what_fx_rate_says_day_by_day_to_the_last_digit(house, pair):
    today = datetime.now(UTC).date()
    days = [today - timedelta(count) for count in range(20, -1, -1)]
    told = [house.query(RATE, *pair, day)[0] for day in days]

    path = "/v1/fx/{}/{}".format(*pair).lower()
    rows = house.ask(f"{path}?from={days[0]}&to={days[-1]}&limit=7").json()
    rest = house.ask(f"{path}?from={days[0]}&format=ndjson").text.splitlines()
    newest = house.ask(path).json()

    expected = [
        {
            "day": str(day),
            "base_currency": pair[0],
            "quote_currency": pair[1],
            "rate": f"{rate:f}",
            "rate_date": str(rate_date),
            "provider": provider,
        }
        for day, (rate, rate_date, provider) in zip(days, told, strict=True)
        if rate is not None
    ]
    assert rows == expected[:7]
    assert [json.loads(line) for line in rest] == expected
    assert newest == expected[-1]


def test_a_rate_may_be_a_json_number_of_the_same_digits(house):
    path = "/v1/fx/USD/EUR?at=2026-06-01T23:59:59Z"
    text = house.ask(path).json()["rate"]

    number = house.ask(f"{path}&numbers=number").text

    assert json.loads(number, parse_float=str)["rate"] == text
    assert len(text) > 17


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("coins/top?at=2001-01-01", 404, "before"),
        ("coins/top?n=0", 422, "n:"),
        ("coins/btc/ranks", 404, "1 BTC"),
        ("coins/77777777/ranks", 404, "1 BTC"),
        ("fx/EUR/XXQ", 404, "NGN"),
        ("fx/XXQ/XXQ", 404, "NGN"),
        ("fx/EUR/USD?at=1950-01-01", 404, "14 days"),
        ("fx/EUR/USD?from=2020-01-01&to=2021-01-01", 422, "366"),
        ("fx/EUR/USD?to=2021-01-01", 422, "from"),
        ("fx/EUR/USD?at=2021-01-01&from=2021-01-01", 422, "either"),
        ("fx/rates?provider=boe", 404, "ecb"),
        ("fx/rates?quote=XXQ", 404, "NGN"),
        ("fx/rates?from=2021-02-30", 422, "2024-01-31"),
        ("turbines/T99/signals", 404, "T01"),
        ("turbines/T01/signals?signal=wind", 404, "wind_speed"),
        ("tokens/USDC/transfers", 404, USDC.lower()),
        ("tokens/0x00/daily", 404, USDC.lower()),
        ("gaps?system=kraken", 404, "binance"),
        ("gaps?series=DOGEUSDT", 404, "BTCUSDT"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_is_not_known_is_refused_in_every_form_and_told_what_is(
    house, path, status, said, form
):
    answer = house.ask(f"/v1/{path}", headers={"accept": f"text/{form}"})

    assert answer.status_code == status
    assert said in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_what_was_asked_for_and_has_no_gap_is_an_empty_list(house):
    known = house.query(
        "select system, series_key from marts.fct_coverage_1d "
        "except select system, series_key from marts.rpt_gaps"
    )

    assert known
    for system, series in known:
        assert house.ask(f"/v1/gaps?system={system}&series={series}").json() == []


@pytest.fixture
def address(house) -> str:
    """Return what the reader of the house's marts connects to."""
    return house.run("warehouse", "url", "--role", "reader").stdout.strip()


@pytest.fixture
def clock(monkeypatch) -> Callable[[timedelta], None]:
    """Return what moves the service's clock."""
    begun = times.now()
    moved = [timedelta()]
    monkeypatch.setattr(times, "now", lambda: begun + moved[0])
    return lambda by: moved.__setitem__(0, by)


@pytest.mark.parametrize(
    ("path", "later", "then"),
    [
        ("coins/top", timedelta(days=-900), 404),
        ("fx/EUR/USD", timedelta(days=30), 404),
        ("fx/EUR/USD?from=2026-06-01", timedelta(days=400), 422),
        ("health", timedelta(days=30), 200),
    ],
)
def test_what_is_of_now_is_kept_for_its_minute_alone(address, clock, path, later, then):
    with served_inside(address) as url:
        first = ask(f"{url}/v1/{path}")
        same = ask(f"{url}/v1/{path}", **{"if-none-match": first.headers["etag"]})
        clock(timedelta(minutes=1))
        next_minute = ask(
            f"{url}/v1/{path}", **{"if-none-match": first.headers["etag"]}
        )
        clock(later)
        afterwards = ask(f"{url}/v1/{path}")

    assert (first.status_code, same.status_code) == (200, 304)
    assert next_minute.status_code == 200
    assert next_minute.headers["etag"] != first.headers["etag"]
    assert afterwards.status_code == then


@pytest.mark.parametrize(
    "path", ["coins/top?at=2100-01-01", "fx/EUR/USD?at=2026-06-01"]
)
def test_what_is_of_a_given_time_stands_while_the_clock_moves(address, clock, path):
    with served_inside(address) as url:
        first = ask(f"{url}/v1/{path}")
        clock(timedelta(days=30))
        later = ask(f"{url}/v1/{path}", **{"if-none-match": first.headers["etag"]})

    assert (first.status_code, later.status_code) == (200, 304)


def test_all_pages_of_a_ranking_are_of_the_first_one_s_minute(address, clock):
    with served_inside(address) as url:
        first = ask(f"{url}/v1/coins/top?limit=5")
        clock(timedelta(days=-900))
        second = ask(url + first.links["next"]["url"])

    assert [row["coin_rank"] for row in second.json()] == [6, 7, 8, 9, 10]
    assert {row["snapshot_at"] for row in [*first.json(), *second.json()]} == {
        first.json()[0]["snapshot_at"]
    }


def test_health_names_each_mart_s_version_and_each_source(house):
    told = house.ask("/v1/health").json()

    assert told["status"] == "ok"
    assert [(mart["model"], mart["version"]) for mart in told["marts"]] == house.query(
        'select model, version from marts.rpt_versions order by model collate "C"'
    )
    assert all(mart["age_seconds"] >= 0 for mart in told["marts"])
    assert [
        (source["table_name"], source["failed_keys_24h"]) for source in told["sources"]
    ] == house.query(
        "select table_name, failed_keys_24h from marts.rpt_source_health order by 1"
    )


def test_health_alone_is_told_without_a_key(address):
    key = hashlib.sha256(b"secret").hexdigest()
    with served_inside(address, Settings(host="0.0.0.0", keys=(key,))) as url:  # noqa: S104 - nothing listens there
        told, refused = ask(f"{url}/v1/health"), ask(f"{url}/v1/gaps")

    assert (told.status_code, refused.status_code) == (200, 401)


def test_health_is_503_while_the_database_is_gone():
    with served_inside("postgresql://reader@127.0.0.1:1/tickhouse") as url:
        answer = ask(f"{url}/v1/health")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "database" in answer.json()["detail"]
