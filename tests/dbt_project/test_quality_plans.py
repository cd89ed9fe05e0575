"""What tells of gaps and health follows what arrived, not what is stored."""

from tests.dbt_project.klines import DAY, HOUR, MONDAY, pages
from tests.dbt_project.raw import Raw

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
