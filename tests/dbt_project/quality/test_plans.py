"""What tells of gaps and health follows what arrived, not what is stored."""

from tests.support.klines import DAY, HOUR, MONDAY, pages
from tests.support.raw import Raw

MODELS = ("-s", "+rpt_gaps", "+fct_loads", "+rpt_source_health")
DAYS = 20


def test_an_arrival_reads_only_its_own_day_of_the_minutes(
    raw: Raw, dbt, read, database
):
    start = MONDAY - DAYS * DAY
    hole = {start + 30 * HOUR}
    raw.land(pages("BTCUSDT", start, MONDAY, without=hole))
    dbt("run", *MODELS)
    raw.land(pages("BTCUSDT", MONDAY, MONDAY + HOUR))

    found = read(*MODELS)

    rows, scanned, _ = found["staging.stg_binance__klines"]
    assert rows > 25_000
    assert scanned == 0
    assert database.query("select missing_count from marts.rpt_gaps") == [(1,)]
    plan = "\n".join(
        line
        for (line,) in database.query(
            "explain (analyze, costs off, timing off, summary off) "
            "select * from marts.rpt_source_health"
        )
    )
    assert "Seq Scan on stg_binance__klines" not in plan


def test_an_arrival_reads_of_what_was_asked_only_the_days_around_it(
    raw: Raw, dbt, read, database
):
    raw.land(failed=[("BTCUSDT", MONDAY - 9000 * DAY, MONDAY)])
    raw.land(pages("BTCUSDT", MONDAY - 8000 * DAY, MONDAY - 8000 * DAY + HOUR))
    raw.land(pages("BTCUSDT", MONDAY, MONDAY + DAY + HOUR))
    dbt("run", *MODELS)
    before = database.query("select gap_from, gap_to from marts.rpt_gaps")
    raw.land(pages("BTCUSDT", MONDAY + DAY + HOUR, MONDAY + DAY + 2 * HOUR))

    found = read(*MODELS)

    rows, scanned, _ = found["intermediate.int_fetches__merged"]
    assert rows > 9000
    assert scanned == 0
    assert before == [(MONDAY - 8000 * DAY + HOUR, MONDAY)]
    assert database.query("select gap_from, gap_to from marts.rpt_gaps") == before
