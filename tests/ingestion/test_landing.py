"""A page reaches `raw` as it was received, with its request, its times and its load."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import requests

from ingestion.ingest import ingest
from ingestion.window import Window

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
UNRULY = {
    "NUL": r'[[1709632800000,"1.0","\u0000"]]',
    "SURROGATE": r'[[1709632800000,"1.0","\ud800"]]',
    "LONG": f"[[1709632800000,{'1234567890' * 10}.5]]",
    "NAN": "[[1709632800000,NaN]]",
    "WIDE": '[[1709632800000,"币安人生 🜚"]]',
    "SPACED": ' [ [1709632800000 , "1.0"]\r\n]\t',
    "NOTHING": "[]",
}


def test_a_kline_keeps_the_text_the_api_sent(sandbox, landed):
    ingest("binance", HOUR)

    query = sandbox.requests()[0]["query"]
    sent = requests.get(
        f"{sandbox.url}/binance/api/v3/klines", params=query, timeout=600
    )
    assert landed.payloads() == [sent.text]
    assert len(landed.rows()) == 60


def test_a_page_lands_verbatim_whatever_is_in_it(sandbox, landed):
    sandbox.lists(*UNRULY)
    for symbol, body in UNRULY.items():
        sandbox.refuse(symbol=symbol, body=body)

    report = ingest("binance", HOUR)

    assert {symbol: landed.payloads(symbol) for symbol in UNRULY} == {
        symbol: [body] for symbol, body in UNRULY.items()
    }
    assert not report.bad


def test_a_request_lands_in_canonical_order_and_a_load_that_is_complete(
    sandbox, database
):
    before = datetime.now(UTC)

    ingest("binance", HOUR)

    [(request, fetched_at, answered_at, status)] = database.query("""
        select request, fetched_at, answered_at, status
        from raw.binance__klines
        inner join raw._dlt_loads on load_id = _dlt_load_id
    """)
    assert request == (
        '{"endTime":1709636399999,"interval":"1m","limit":1000,'
        '"startTime":1709632800000,"symbol":"BTCUSDT"}'
    )
    assert before < fetched_at < datetime.now(UTC)
    assert answered_at == datetime(2024, 3, 5, 12, 0, 30, tzinfo=UTC)
    assert status == 0


def test_a_server_without_a_clock_leaves_answered_at_null(sandbox, database):
    sandbox.refuse(headers={"Date": "soon"})

    ingest("binance", HOUR)

    assert database.query("select answered_at from raw.binance__klines") == [(None,)]


def test_payloads_are_stored_uncompressed_and_load_ids_have_an_index(sandbox, database):
    ingest("binance", HOUR)

    storages = database.query("""
        select attname, attstorage, atttypid::regtype::text, attnotnull
        from pg_attribute
        where attrelid = 'raw.binance__klines'::regclass and attnum > 0
        order by attname
    """)
    indexes = database.query("""
        select tablename, indexdef from pg_indexes
        where schemaname = 'raw' and indexdef like '%(_dlt_load_id)'
        order by 1
    """)
    assert storages == [
        ("_dlt_load_id", "x", "text", True),
        ("answered_at", "p", "timestamp with time zone", False),
        ("fetched_at", "p", "timestamp with time zone", True),
        ("payload", "e", "text", True),
        ("request", "x", "text", True),
    ]
    tables = database.query(
        "select tablename from pg_tables "
        "where schemaname = 'raw' and tablename !~ '^_dlt' "
        "and tablename not in ('origins', 'clocks') order by 1"
    )
    assert [table for table, _ in indexes] == [table for (table,) in tables]
    assert ("binance__fetches",) in tables
    assert all("USING btree" in definition for _, definition in indexes)


def test_every_run_leaves_one_line_a_key_in_the_ledger_of_fetches(sandbox, database):
    sandbox.lists("BTCUSDT", "ETHUSDT")

    ingest("binance", HOUR)

    found = database.query("""
        select system, key, asked_from, asked_to, outcome, sentence, pages, status
        from raw.binance__fetches
        inner join raw._dlt_loads on load_id = _dlt_load_id
        order by key
    """)
    assert found == [
        ("binance", symbol, HOUR.start, HOUR.end, "ok", None, 1, 0)
        for symbol in ("BTCUSDT", "ETHUSDT")
    ]


def test_a_transaction_that_reads_raw_holds_no_run_up(
    sandbox, database, landed, monkeypatch
):
    ingest("binance", HOUR)
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=2s")

    with closing(psycopg2.connect(database.urls["transformer"])) as reader:
        reader.cursor().execute("select count(*) from raw.binance__klines")
        ingest("binance", HOUR)

    assert len(landed.payloads()) == 2


def test_no_secret_reaches_raw(sandbox, database):
    ingest("binance", HOUR)

    found = database.query("""
        select string_agg(klines::text, ' ') from raw.binance__klines as klines
        union all
        select string_agg(fetches::text, ' ') from raw.binance__fetches as fetches
        union all
        select string_agg(state::text, ' ') from raw._dlt_pipeline_state as state
    """)
    password = re.search(r":([0-9a-f]{32})@", database.urls["loader"]).group(1)
    assert password not in json.dumps(found)


def test_nothing_that_dlt_loads_refuses_what_a_killed_run_had_loaded_already(
    sandbox, database
):
    ingest("binance", HOUR)

    unique = database.query(
        "select indexdef from pg_indexes where schemaname = 'raw' "
        "and indexdef ilike '%unique%' and tablename not in ('origins', 'clocks')"
    )

    assert unique == []


def test_a_shells_own_variables_are_no_settings_of_a_source(
    sandbox, landed, monkeypatch
):
    for name in ("BASE_URL", "SYMBOLS", "COLUMNS", "API_ID", "API_KEY", "FOLDER"):
        monkeypatch.setenv(name, "80")
    for name in ("XE__API_ID", "XE__API_KEY"):
        monkeypatch.delenv(f"SOURCES__{name}")

    reports = [ingest(system, HOUR) for system in ("binance", "plant", "xe", "loans")]

    assert len(landed.rows()) == 60
    assert [report.bad for report in reports] == [[]] * 4
    assert [bool(report.unset) for report in reports] == [False, True, True, True]


def test_a_system_without_an_address_of_its_own_is_asked_below_the_stand_ins(
    sandbox, database, environment
):
    del environment["SOURCES__BINANCE__BASE_URL"]
    environment["SOURCES__STAND_INS"] = f"{sandbox.url}/"
    environment["SOURCES__COINBASE__BASE_URL"] = "http://127.0.0.1:1"

    assert not ingest("binance", HOUR).bad
    assert ingest("coinbase", HOUR, symbols=["BTC-USD"]).bad
    assert sandbox.requests("coinbase") == []
