"""What loads brought and failed to bring, what was rejected, how each source is."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.ingest import ingest
from tests.support.klines import DAY, FETCHED, HOUR, MONDAY, kline, page, pages
from tests.support.loan_files import files_of, land
from tests.support.rates import xe_page

LOADS = ("-s", "+fct_loads")
HEALTH = ("-s", "+rpt_source_health", "+rpt_rejected_records", "fct_loads")


def test_a_failed_key_is_named_in_its_load_and_the_load_counts_what_landed(
    sandbox, database, dbt
):
    sandbox.control("xe", leave_out=["XOF", "MAD"])
    ingest("xe")
    ingest("binance", symbols=["NOSUCH", "BTCUSDT"])
    ingest("ecb")

    dbt("run", *LOADS)

    told = database.query(
        "select system, status, failed_keys, pages, rows from marts.fct_loads "
        "order by started_at"
    )
    missing = "failed: asked, but not in the answer"
    assert [row[:3] for row in told] == [
        ("xe", "failed", f"MAD {missing}\nXOF {missing}"),
        ("binance", "failed", "NOSUCH refused: HTTP 400, code -1121: Invalid symbol."),
        ("ecb", "ok", ""),
    ]
    rows = dict(
        database.query(
            "select _dlt_load_id, count(*) from ("
            "  select _dlt_load_id from raw.xe__rates"
            "  union all select _dlt_load_id from raw.binance__klines"
            "  union all select _dlt_load_id from raw.ecb__rates"
            "  union all select _dlt_load_id from raw.xe__fetches"
            "  union all select _dlt_load_id from raw.binance__fetches"
            "  union all select _dlt_load_id from raw.ecb__fetches"
            ") as landed group by _dlt_load_id"
        )
    )
    assert sorted(row[4] for row in told) == sorted(rows.values())
    assert [row[3] for row in told] == [1, 3, 1]
    ((early, late),) = database.query(
        "select min(loaded_at - started_at), max(now() - started_at) "
        "from marts.fct_loads"
    )
    assert timedelta() < early
    assert late < timedelta(minutes=5)


@pytest.fixture
def landed(raw, dbt):
    """Return a minute that is wrong, a rate that is, and a loan book, built."""
    wrong = kline("BTCUSDT", MONDAY)
    wrong[2] = "0.00000001"
    rows = [wrong, kline("BTCUSDT", MONDAY + timedelta(minutes=1)), "oh"]
    raw.land([page(rows, MONDAY, MONDAY + HOUR)])
    raw.land_answers("xe__rates", [xe_page({"NGN": 0}, "2024-03-09T12:00:00Z")])
    land(raw, files_of([]))
    dbt("run", *HEALTH)
    return raw


def rejected(database, role="reader"):
    """Return system, record, code and reason of what was rejected."""
    return database.query(
        "select system, record_key, rejected_code, reason "
        "from marts.rpt_rejected_records where system != 'loans' order by 1, 2",
        role=role,
    )


def test_the_reader_sees_what_was_rejected_until_it_is_mended(landed, database, dbt):
    before = rejected(database)
    good = pages("BTCUSDT", MONDAY, MONDAY + HOUR, fetched_at=FETCHED + DAY)
    landed.land(good)
    dbt("run", *HEALTH)

    staged = database.query(
        "select record_key, rejected_code, reason "
        "from staging.stg_binance__klines__rejected"
    )
    request = good[0].request
    assert before == [
        (
            "binance",
            "BTCUSDT 2024-03-04 00:00",
            "high_below_price",
            "high below a price",
        ),
        ("binance", f"{request} #3", "wrong_type", "not a list"),
        (
            "xe",
            "USDNGN 2024-03-09 12:00:00",
            "rate_not_positive",
            "a rate of zero or less",
        ),
    ]
    assert rejected(database) == before[1:]
    assert [row[1:] for row in before[1:2]] == staged
    assert database.query(
        "select quarantine, record_key, reason from marts.rpt_rejected_records "
        "where system = 'loans' order by 2 limit 1"
    ) == [
        (
            "stg_loans__rejected",
            "borrowers.csv #1",
            "a file without rows below its headings",
        )
    ]


def test_the_health_of_a_source_tells_arrivals_events_and_failures(
    landed, database, dbt
):
    with landed.loader() as loader:
        loader.execute(
            "update raw._dlt_loads set inserted_at = now() - interval '25 hours' "
            "where schema_name = 'xe'"
        )
    load = landed.land([page([], MONDAY, MONDAY + HOUR, "ETHUSDT")])
    with landed.loader() as loader:
        for outcome in ("failed", "refused", "ok", "empty"):
            loader.execute(
                "insert into raw.binance__fetches "
                "values ('binance', %s, now(), now(), %s, 'no', 0, 0, now(), %s)",
                (f"{outcome}KEY", outcome, load),
            )
    dbt("run", *HEALTH)

    health = {
        table: row
        for table, *row in database.query(
            "select table_name, system, last_arrival_at, last_event_at, lag_seconds, "
            "pages_24h, bytes_24h, failed_keys_24h from marts.rpt_source_health",
            role="reader",
        )
    }
    now = datetime.now(UTC)
    system, arrived_at, event_at, lag, pages_24h, bytes_24h, failed = health[
        "binance__klines"
    ]
    assert (system, pages_24h, failed) == ("binance", 2, 2)
    assert now - arrived_at < timedelta(minutes=5)
    assert event_at == MONDAY + timedelta(minutes=1)
    assert abs((now - event_at).total_seconds() - lag) < 60
    assert [(bytes_24h,)] == database.query(
        "select sum(octet_length(payload)) from raw.binance__klines"
    )
    assert health["ecb__rates"] == ["ecb", None, None, None, 0, 0, 0]
    assert health["loans__loans"][0] == "loans"
    assert health["loans__loans"][2] is None
    assert health["loans__loans"][4] == 1
