"""Coinbase's candles on their whole road: a minute that it lacks had no trades."""

from datetime import UTC, datetime

import pytest

from ingestion.ingest import ingest
from ingestion.window import Window

MODELS = (
    "-s",
    "+fct_candles_1h",
    "fct_candles_1m",
    "+rpt_gaps",
    "+rpt_rejected_records",
)
HOURS = Window.between("2024-03-05T02:00", "2024-03-05T09:00")
NOTES = """
select outcome, to_char(asked_from, 'HH24:MI'), to_char(asked_to, 'HH24:MI')
from raw.coinbase__fetches where outcome in ('quiet', 'empty') order by asked_from
"""
MINUTES = """
select extract(epoch from opened_at)::bigint from marts.fct_candles_1m
where exchange = 'coinbase' and symbol = 'BTC-USD' order by 1
"""
HOUR = """
select minute_count, is_complete, is_final from marts.fct_candles_1h
where exchange = 'coinbase' and opened_at = '2024-03-05 04:00Z'
"""
GAPS = "select series_key from marts.rpt_gaps where system = 'coinbase'"


def span(start, end):
    """Return what an order of the stand-in calls these minutes, both inclusive."""
    times = {"from_ms": f"2024-03-05T{start}Z", "to_ms": f"2024-03-05T{end}Z"}
    return {"symbol": "BTC-USD", **times}


def truth(sandbox, end="2024-03-05T09:00"):
    """Return when the candles of those hours open."""
    asked = {"symbol": "BTC-USD", "from_ms": "2024-03-05T02:00Z"}
    rows = sandbox.truth_of("coinbase", **asked)
    last = datetime.fromisoformat(end).replace(tzinfo=UTC).timestamp()
    return [row[0] for row in rows if row[0] < last]


@pytest.fixture
def coinbase(sandbox, environment):
    """Have one product asked for, of which an hour has a spell without trades."""
    environment["SOURCES__COINBASE__SYMBOLS"] = '["BTC-USD"]'
    sandbox.control("coinbase", gap=span("04:10", "04:39"))
    return sandbox


def test_a_span_lands_300_minutes_a_page_and_says_where_nobody_traded(
    coinbase, database
):
    report = ingest("coinbase", HOURS)

    assert not report.bad
    asked = [entry["query"] for entry in coinbase.requests("coinbase")]
    assert [(query["start"], query["end"]) for query in asked] == [
        ("2024-03-05T02:00:00Z", "2024-03-05T06:59:00Z"),
        ("2024-03-05T07:00:00Z", "2024-03-05T08:59:00Z"),
    ]
    notes = database.query(NOTES)
    assert ("quiet", "04:10", "04:40") in notes
    lacking = 7 * 60 - len(truth(coinbase))
    assert {outcome for outcome, *_ in notes} == {"quiet"}
    assert lacking == sum(
        int(end[:2]) * 60 + int(end[3:]) - int(start[:2]) * 60 - int(start[3:])
        for _, start, end in notes
    )


def test_a_minute_without_trades_is_no_gap_and_counts_for_whole_hours(
    coinbase, database, dbt
):
    ingest("coinbase", HOURS)
    dbt("run", *MODELS)

    assert [at for (at,) in database.query(MINUTES)] == truth(coinbase)
    ((count, *flags),) = database.query(HOUR)
    assert (count <= 30, flags) == (True, [True, True])
    assert database.query(GAPS) == []


def test_only_a_page_that_failed_is_a_gap_and_gaps_asks_for_it(
    coinbase, database, dbt, environment
):
    environment["RUNTIME__REQUEST_MAX_ATTEMPTS"] = "1"
    ingest("coinbase", Window.between("2024-03-05T02:00", "2024-03-05T04:30"))
    coinbase.refuse("coinbase", times=None, status=500)
    assert ingest(
        "coinbase", Window.between("2024-03-05T04:30", "2024-03-05T05:00")
    ).bad
    coinbase.reset()
    coinbase.control("coinbase", gap=span("04:10", "04:39"))
    ingest("coinbase", Window.between("2024-03-05T05:00", "2024-03-05T09:00"))
    dbt("run", *MODELS)
    assert database.query(HOUR)[0][1:] == (False, False)
    assert database.query(GAPS) == [("BTC-USD",)]

    assert not ingest("coinbase", only_gaps=True).bad
    dbt("run", *MODELS)

    assert database.query(HOUR)[0][1:] == (True, True)
    assert database.query(GAPS) == []


def test_a_late_candle_appears_and_one_that_is_lacked_later_goes(
    coinbase, database, dbt
):
    ingest("coinbase", HOURS)
    dbt("run", *MODELS)
    before = database.query(HOUR)[0][0]
    coinbase.control("coinbase", fill=span("04:10", "04:11"))
    coinbase.control("coinbase", gap=span("04:00", "04:00"))

    ingest("coinbase", HOURS)
    dbt("run", *MODELS)

    assert [at for (at,) in database.query(MINUTES)] == truth(coinbase)
    assert database.query(HOUR) == [(before + 1, True, True)]
    assert database.query(
        "select record_key, rejected_code from marts.rpt_rejected_records"
    ) == [("BTC-USD 2024-03-05 04:00", "taken_back")]


def test_candles_before_the_start_count_and_the_open_one_does_not(
    coinbase, database, dbt
):
    coinbase.control("coinbase", early=3)
    ingest("coinbase")
    dbt("run", *MODELS)

    ((first, last),) = database.query(
        "select min(opened_at), max(opened_at) from marts.fct_candles_1m"
    )
    assert first < datetime(2024, 3, 4, tzinfo=UTC)
    assert last == datetime(2024, 3, 5, 11, 59, tzinfo=UTC)


def test_an_unknown_product_is_refused_and_the_other_lands(coinbase, database):
    report = ingest("coinbase", HOURS, symbols=["NO-USD", "BTC-USD"])

    assert [(key.name, key.outcome, key.sentence) for key in report.bad] == [
        ("NO-USD", "refused", "HTTP 404: NotFound")
    ]
    assert database.query("select count(*) from raw.coinbase__candles") == [(2,)]
