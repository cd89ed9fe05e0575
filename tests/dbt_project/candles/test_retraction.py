"""A newer complete answer replaces what it was asked for, no more, whenever read."""

from random import Random

import pytest

from tests.dbt_project.candles.retraction_truth import Answer, left, minutes_of
from tests.support.klines import FETCHED, HOUR, MINUTE, MONDAY, kline

START = MONDAY - 3 * MINUTE
BUILD = ("run", "-s", "+fct_candles_5m", "+stg_binance__klines__rejected")
STAGED = "select opened_at, open_price::text from staging.stg_binance__klines"
REJECTED = """
select record_key, reason
from staging.stg_binance__klines__rejected
where opened_at is not null
"""


def answer(*minutes, hours=0, count=3, bad=()):
    """Return an answer of minutes from 23:57 on, fetched so many hours later."""
    return Answer(
        START,
        START + count * MINUTE,
        [(START + place * MINUTE, hours) for place in minutes],
        FETCHED + hours * HOUR,
        {START + place * MINUTE for place in bad},
    )


def land(raw, *answers):
    for each in answers:
        each.load = raw.land([each.page])


def found(database):
    """Return the minutes that stand, and the reasons of rejects."""
    return dict(database.query(STAGED)), dict(database.query(REJECTED))


def expected(answers):
    """Return the same by the truth."""
    standing, rejected = left(answers)
    prices = {
        minute: kline("BTCUSDT", minute, revision)[1]
        for minute, revision in standing.items()
    }
    return prices, rejected


def test_a_minute_that_a_newer_answer_lacks_leaves_the_candle_and_is_told(
    raw, database, dbt
):
    old, new = answer(0, 1, 2), answer(0, 2, hours=1)
    new.candles = [(minute, 0) for minute, _ in new.candles]
    land(raw, old)
    dbt(*BUILD)
    land(raw, new)
    dbt(*BUILD)

    ((count, volume),) = database.query(
        "select minute_count, base_volume::text from marts.fct_candles_5m"
    )
    volumes = [kline("BTCUSDT", minute)[5] for minute, _ in new.candles]
    assert (count, volume) == (2, f"{sum(map(float, volumes)):.8f}")
    assert database.query(
        "select record_key, reason, load_id, fetched_at, item_position "
        "from staging.stg_binance__klines__rejected"
    ) == [
        (
            "BTCUSDT 2024-03-03 23:58",
            "taken back by the source",
            new.load,
            new.fetched_at,
            0,
        )
    ]

    late = answer(1, hours=-1)
    again = answer(0, 1, 2, hours=2)
    land(raw, late)
    dbt(*BUILD)
    assert found(database) == expected([old, new, late])
    assert START + MINUTE not in found(database)[0]
    land(raw, again)
    dbt(*BUILD)
    assert found(database) == expected([old, new, late, again])
    assert found(database)[1] == {}


@pytest.mark.parametrize("anew", ["stg_binance__klines", "+stg_binance__klines"])
def test_a_minute_that_is_lacking_goes_though_klines_alone_are_built_anew(
    raw, database, dbt, anew
):
    newest, older = answer(0, 2, hours=1), answer(0, 1, 2)
    land(raw, newest)
    dbt(*BUILD)
    land(raw, older)
    # which so know a page that the answers don't
    dbt("run", "-s", anew, "--full-refresh")
    dbt(*BUILD)

    assert found(database) == expected([newest, older])


def test_an_answer_takes_nothing_that_it_was_not_asked_for(raw, database, dbt):
    narrow = Answer(START + MINUTE, START + 2 * MINUTE, [], FETCHED + HOUR)
    other = narrow.page.__class__("ETHUSDT", START, START + HOUR, "[]", FETCHED + HOUR)
    too_early = Answer(START, START + 3 * MINUTE, [(START, 1)], START + MINUTE)
    odd = Answer(START, START + 3 * MINUTE, [(START + 9 * MINUTE, 1)], FETCHED + HOUR)
    land(raw, answer(0, 1, 2), narrow, too_early, odd)
    raw.land([other])
    dbt(*BUILD)

    assert set(found(database)[0]) == {START, START + 2 * MINUTE, START + 9 * MINUTE}


@pytest.mark.parametrize("seed", range(3))
def test_any_answers_in_any_order_with_builds_between_end_as_a_fresh_build(
    raw, database, dbt, seed
):
    chance = Random(seed)  # noqa: S311 - no secret
    all_minutes = minutes_of(START, 40)
    answers = []
    for number in range(14):
        first = chance.randrange(0, 36)
        span = all_minutes[first : first + chance.randrange(2, 20)]
        there = [minute for minute in span if chance.random() < 0.8]
        there += chance.sample(there, min(len(there), chance.choice((0, 0, 2))))
        answers.append(
            Answer(
                span[0],
                span[-1] + MINUTE,
                [(minute, chance.randrange(3)) for minute in sorted(there)],
                FETCHED + chance.randrange(12) * HOUR + number * MINUTE,
                {minute for minute in there if chance.random() < 0.05},
                is_odd=chance.random() < 0.2,
            )
        )
    for start in (0, 4, 5, 9):
        end = {0: 4, 4: 5, 5: 9, 9: 14}[start]
        land(raw, *answers[start:end])
        dbt(*BUILD)
        assert found(database) == expected(answers[:end])

    sql = "select * from staging.stg_binance__klines__rejected order by 1"
    rows = database.query(sql)
    dbt(*BUILD, "--full-refresh")
    assert found(database) == expected(answers)
    assert [row[:-2] for row in database.query(sql)] == [row[:-2] for row in rows]
