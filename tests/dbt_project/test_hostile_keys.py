"""What an API answers is data: a hostile name goes through all models as a name."""

import json

from tests.support.klines import HOUR, MONDAY, pages

SYMBOLS = (
    "BTC'; drop schema staging cascade; --",
    'BTC"$$; select pg_sleep(60); $$',
    "{{ 1 / 0 }} %s %(x)s {0}",
    "a,b}{'::text[]",
    "\\x00 \\u0000 \r\nΩ",
)
IN_JSON = [json.dumps(name)[1:-1] for name in SYMBOLS]
BUILT = """
select symbol, minute_count
from marts.fct_candles_1h
order by 1
"""


def test_hostile_symbols_become_candles_like_any_other(raw, dbt, database):
    for hour in range(2):
        start = MONDAY + hour * HOUR
        raw.land(
            [page for name in IN_JSON for page in pages(name, start, start + HOUR)]
        )
        dbt("build")

    built = database.query(BUILT)
    assert sorted(built) == sorted((symbol, 60) for symbol in SYMBOLS * 2)
    rejected = database.query(
        "select count(*) from staging.stg_binance__klines__rejected"
    )
    assert rejected == [(0,)]
