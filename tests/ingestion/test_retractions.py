"""An answer that would take away much is believed when it is said twice."""

import json
from datetime import UTC, datetime

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.sources import ecb
from ingestion.window import Window
from tests.support.database import kept

DAY = "2024-05-21"
HOUR = Window.between(f"{DAY}T00:00", f"{DAY}T01:00")
PAGES = "select count(*) from raw.{}"
MINUTES = "select count(*) from marts.fct_candles_1m where symbol = 'BTCUSDT'"
SAID = "the source retracted {} of {} records from 2024-05-21T00:00:00Z on"
COMMAND = ("--from", f"{DAY}T00:00", "--to", f"{DAY}T01:00")
HEADING, LATER = "Date,USD,JPY", datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def hour(sandbox, database, environment, dbt):
    """Return a warehouse with an hour of two symbols and a turbine, built."""
    sandbox.at("2024-05-24T12:00:30Z")
    sandbox.lists("BTCUSDT", "ETHUSDT")
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"

    def make():
        for system in ("binance", "plant"):
            assert not ingest(system, HOUR).bad
        build(dbt)

    kept(database, "believed_hour", make)
    return database


def build(dbt):
    models = "fct_candles_1m fct_turbine_readings_1m rpt_rejected_records"
    dbt("run", "-s", *(f"+{model}" for model in models.split()))


def lack(sandbox, start, end, order="gap"):
    """Make Bitcoin's minutes of the hour from one to another go, or come back."""
    bounds = {"from_ms": f"{DAY}T00:{start:02}Z", "to_ms": f"{DAY}T00:{end:02}Z"}
    sandbox.control(**{order: {"symbol": "BTCUSDT", **bounds}})


def count(database, sql):
    ((found,),) = database.query(sql)
    return found


def pages(database, system):
    return count(database, PAGES.format(system))


def test_a_few_minutes_are_taken_back_at_once(hour, sandbox, dbt):
    lack(sandbox, 20, 25)

    assert not ingest("binance", HOUR).bad
    build(dbt)

    assert count(hour, MINUTES) == 54
    assert hour.query(
        "select reason, count(*) from marts.rpt_rejected_records group by 1"
    ) == [("taken back by the source", 6)]


def test_more_than_a_tenth_is_believed_when_the_next_run_is_told_the_same(
    hour, sandbox, dbt, capsys
):
    lack(sandbox, 20, 29)
    landed = pages(hour, "binance__klines")

    first = main(["binance", *COMMAND])
    build(dbt)

    assert first == 1
    told = " ".join(capsys.readouterr().out.split())
    assert f"BTCUSDT failed: {SAID.format(10, 60)}" in told
    # the other symbol's page landed
    assert pages(hour, "binance__klines") == landed + 1
    assert count(hour, MINUTES) == 60
    ((outcome, sentence),) = hour.query(
        "select outcome, sentence from raw.binance__fetches where key = 'BTCUSDT' "
        "order by fetched_at desc limit 1"
    )
    assert (outcome, sentence.startswith(SAID.format(10, 60))) == ("failed", True)

    assert main(["binance", *COMMAND]) == 0
    build(dbt)
    assert count(hour, MINUTES) == 50


def test_a_doubt_is_over_when_the_source_has_it_again_or_says_something_else(
    hour, sandbox
):
    lack(sandbox, 20, 29)
    assert ingest("binance", HOUR).bad
    lack(sandbox, 20, 29, order="fill")
    assert not ingest("binance", HOUR).bad
    lack(sandbox, 20, 29)
    assert ingest("binance", HOUR).bad
    lack(sandbox, 30, 31)
    (bad,) = ingest("binance", HOUR).bad
    assert bad.sentence.startswith(SAID.format(12, 60))
    assert not ingest("binance", HOUR).bad


def test_what_a_scheduled_run_doubts_moves_no_cursor(hour, sandbox, dbt):
    sandbox.at("2024-03-05T12:00:30Z")
    assert not ingest("binance").bad
    build(dbt)
    bounds = {"from_ms": "2024-03-05T11:51Z", "to_ms": "2024-03-05T11:59Z"}
    sandbox.control(gap={"symbol": "BTCUSDT", **bounds})
    asked = len(sandbox.requests("binance", symbol="BTCUSDT"))
    sandbox.at("2024-03-05T12:05:30Z")

    (bad,) = ingest("binance").bad
    sandbox.at("2024-03-05T12:10:30Z")
    second = ingest("binance").bad

    assert "the source retracted 9 of 9 records" in bad.sentence
    assert second == []
    starts = [
        entry["query"]["startTime"]
        for entry in sandbox.requests("binance", symbol="BTCUSDT")[asked:]
    ]
    assert len(starts) == 2
    assert len(set(starts)) == 1


def test_an_empty_day_of_a_turbine_is_believed_at_the_second_time(hour, sandbox, dbt):
    sandbox.refuse("plant", times=None, body=[])

    (bad,) = ingest("plant", HOUR).bad
    again = ingest("plant", HOUR).bad
    build(dbt)

    assert bad.sentence.startswith(SAID.format(180, 180))
    assert again == []
    assert count(hour, "select count(*) from marts.fct_turbine_readings_1m") == 0


def test_an_asking_for_one_signal_leaves_the_others(hour, sandbox, dbt):
    sandbox.refuse("plant", body=[])

    assert ingest("plant", HOUR, columns=["power"]).bad
    sandbox.refuse("plant", body=[])
    assert not ingest("plant", HOUR, columns=["power"]).bad
    build(dbt)

    assert hour.query(
        "select signal, count(*) from marts.fct_turbine_readings_1m "
        "group by 1 order by 1"
    ) == [("ambient_temperature", 60), ("wind_speed", 60)]


def test_a_signal_that_a_later_day_alone_has_is_doubted_too(hour, sandbox):
    other = [{"timestamp": "2024-05-20T23:00:00", "gust": 1}]
    lacking = [{"timestamp": f"{DAY}T00:00:00", "gust": 1, "power": 1}]
    for body in (other, lacking):
        sandbox.refuse("plant", body=body)

    days = Window.between("2024-05-20T23:00", f"{DAY}T01:00")
    (bad,) = ingest("plant", days, columns=["gust", "power"]).bad

    assert bad.sentence.startswith(SAID.format(59, 60))


def test_rows_that_have_a_time_alone_are_believed_once_and_for_all(
    hour, sandbox, database, dbt
):
    rows = sandbox.readings("T01", f"{DAY}T00:00Z", f"{DAY}T01:00Z")
    told = [rows[0], *({"timestamp": row["timestamp"]} for row in rows[1:])]
    sandbox.refuse("plant", times=None, body=told)

    outcomes = []
    for _ in range(4):
        outcomes.append(len(ingest("plant", HOUR).bad))
        build(dbt)

    assert outcomes == [1, 0, 0, 0]
    assert database.query(
        "select signal, count(*) from marts.fct_turbine_readings_1m "
        "group by 1 order by 1"
    ) == [("ambient_temperature", 1), ("power", 1), ("wind_speed", 1)]
    told = count(
        database,
        "select count(distinct record_key) from marts.rpt_rejected_records "
        "where reason = 'no signal in it' "
        "and record_key ~ '^T01 2024-05-21 00:[0-5]'",
    )
    assert told == len(rows) - 1


def test_a_day_of_transfers_that_comes_back_empty_is_believed_at_the_second_time(
    sandbox, database, dbt, capsys
):
    sandbox.at("2024-03-09T12:00:30Z")
    words = ("ethereum", "--from", "2024-03-04", "--to", "2024-03-05")
    transfers = sandbox.ethereum("token_transfers", "2024-03-04", "2024-03-05")
    found = len(transfers)
    models = ("-s", "+fct_token_transfers_1d")
    stand = "select coalesce(sum(transfer_count), 0) from marts.fct_token_transfers_1d"
    assert main(words) == 0
    dbt("run", *models)
    for block in {row["block_number"] for row in transfers}:
        sandbox.control("ethereum", vanish=block)
    capsys.readouterr()

    told = []
    for _ in range(2):
        code = main(words)
        dbt("run", *models)
        told.append((code, count(database, stand)))

    assert told == [(1, found), (0, 0)]
    said = f"retracted {found:,} of {found:,} records from 2024-03-04T00:00:00Z on"
    assert said in " ".join(capsys.readouterr().out.split())


def test_days_that_xe_lacks_are_believed_at_the_second_time_and_others_stay(
    sandbox, database, environment, dbt
):
    environment["SOURCES__XE__CURRENCIES"] = '["NGN", "XOF"]'
    sandbox.at("2024-05-24T12:00:30Z")
    days = Window.between("2024-05-01", "2024-05-12")
    assert not ingest("xe", days).bad
    dbt("run", "-s", "+fct_fx_rates_1d")
    body = json.loads(database.query("select payload from raw.xe__rates")[0][0])
    body["to"]["NGN"] = body["to"]["NGN"][:2] + body["to"]["NGN"][7:]
    sandbox.refuse("xe", times=2, body=body)

    first, second = ingest("xe", days).bad, ingest("xe", days).bad
    dbt("run", "-s", "+fct_fx_rates_1d")

    assert [(key.name, key.sentence[:37]) for key in first] == [
        ("USD", "the source retracted 5 of 22 records ")
    ]
    assert second == []
    assert database.query(
        "select quote_currency, count(*) from marts.fct_fx_rates_1d "
        "group by 1 order by 1"
    ) == [("NGN", 6), ("XOF", 11)]


def test_a_file_of_the_ecb_claims_the_days_between_its_ends_for_its_columns():
    lines = ["2024-05-03,1.1,N/A", "", "02 May 2024,1.2,160"]

    (claim,) = ecb.claims(HEADING, lines, LATER)
    (alone,) = ecb.claims(HEADING, lines[:1], LATER)

    second, third = (datetime(2024, 5, day, tzinfo=UTC) for day in (2, 3))
    assert (claim.start, claim.end) == (second, datetime(2024, 5, 4, tzinfo=UTC))
    assert claim.series == {"USD": {second, third}, "JPY": {second}}
    assert alone.series == {"USD": {third}}
    assert ecb.claims(HEADING, [*lines, "soon,1,2"], LATER) == ()
    assert ecb.claims(HEADING, [*lines, "2024-05-01,1"], LATER) == ()
