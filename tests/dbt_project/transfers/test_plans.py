"""An increment of transfers reads what arrived and what it touches, not the history."""

import pytest

from tests.support.database import kept
from tests.support.klines import HOUR, pages
from tests.support.raw import Raw
from tests.support.transfers import (
    COLUMNS,
    DAY,
    EVERYTHING,
    FETCHED,
    START,
    TOKENS,
    TRANSFERS,
    WETH,
    Answer,
    known_tokens,
    token_page,
    transfers,
)

DAYS = 60
A_DAY = 1000
GENERATED = """
with days as (
    select
        day,
        1700000000 + extract(epoch from day)::bigint / 86400 || '.1' as load
    from generate_series(%(start)s, %(end)s - interval '1 day', '24 hours') as day
), landed as (
    insert into raw.ethereum__token_transfers
    select
        json_build_object(
            'columns', %(columns)s, 'from', to_char(day, 'YYYY-MM-DD'),
            'job', 'day ' || load, 'page', 1
        ),
        '{"totalRows":"' || %(a_day)s || '","rows":[' || rows || ']}',
        %(fetched_at)s,
        null,
        load
    from days
    cross join lateral (
        select string_agg(format(
            '{"f":[{"v":"0x%%s"},{"v":null},{"v":null},{"v":"%%s"},{"v":"0x%%s"},'
            '{"v":"0"},{"v":"%%s000000"},{"v":"%%s"},{"v":"0x%%s"}]}',
            case when place %% 100 = 0 then substr(%(weth)s, 3)
                else lpad((place %% 50)::text, 40, '0') end,
            place,
            encode(sha256((day || ' ' || place)::bytea), 'hex'),
            epoch + place * 60,
            place,
            encode(sha256((place || ' ' || day)::bytea), 'hex')
        ), ',') as rows
        from generate_series(0, %(a_day)s - 1) as place
        cross join (select extract(epoch from day)::bigint as epoch) as time
    ) as body
)
insert into raw._dlt_loads
select load, 'ethereum', 0, now(), 'hash' from days
"""


@pytest.fixture
def history(database, dbt):
    """Return 60,000 transfers of two months and two days of candles, built."""

    def make():
        raw = Raw(database)
        with raw.loader() as loader:
            known = {
                "start": START - DAYS * DAY,
                "end": START,
                "columns": COLUMNS,
                "fetched_at": FETCHED,
                "weth": WETH,
                "a_day": A_DAY,
            }
            loader.execute(GENERATED, known)
            loader.execute("analyze raw.ethereum__token_transfers, raw._dlt_loads")
        raw.land(pages("ETHUSDT", START - 2 * DAY, START))
        raw.land_answers(TOKENS, [known_tokens()])
        dbt("build", *EVERYTHING)

    kept(database, "ethereum_history", make)
    raw = Raw(database)
    for _ in range(5):
        raw.next_id()
    return raw


def big(found):
    return {
        name: read
        for name, read in found.items()
        if read[0] > 4000 and "binance" not in name
    }


NEWS = {
    "a day": (TRANSFERS, Answer(transfers(100), job="new").pages()),
    "an old day again": (
        TRANSFERS,
        Answer(
            transfers(100, START - 9 * DAY),
            START - 9 * DAY,
            job="old",
            fetched_at=FETCHED + DAY,
        ).pages(),
    ),
    "an amended token": (
        TOKENS,
        [token_page([(WETH, "W", "w", "2", "1", 9)], FETCHED + DAY)],
    ),
    "a revised hour": (None, None),
    "nothing": (None, []),
}


@pytest.mark.parametrize("news", NEWS)
def test_an_increment_reads_no_table_from_end_to_end(history, read, news):
    table, answers = NEWS[news]
    if answers is None:
        hour = START - DAY
        history.land(
            pages("ETHUSDT", hour, hour + HOUR, revision=1, fetched_at=FETCHED + DAY)
        )
    elif answers:
        history.land_answers(table, answers)

    found = big(read(*EVERYTHING))

    assert set(found) >= {
        "staging.stg_ethereum__token_transfers",
        "marts.fct_token_transfers",
    }
    assert {name: scanned for name, (_, scanned, _) in found.items() if scanned} == {}
    rows, _, fetched = found["marts.fct_token_transfers"]
    assert rows >= DAYS * A_DAY
    assert fetched < rows / 8
