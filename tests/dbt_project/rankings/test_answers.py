"""A snapshot comes from whole answers only, and a newer one replaces it as a whole."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    TOPLIST,
    Coin,
    asset,
    listing,
    listings,
    toplist,
)
from tests.support.rejections import assert_coded

STAGING = (
    *("-s", "stg_coinmarketcap__listings", "stg_coinmarketcap__listings__rejected"),
    *("stg_cryptocompare__toplist", "stg_cryptocompare__toplist__rejected"),
)
BEYOND = "price out of range: at least 1e-30 and below 1e20"
TEN = [Coin(number) for number in range(1, 11)]


@pytest.fixture
def staged(database):
    """Return what looks up the coins of each minute after noon, by their place."""

    def staged(table, column="coin_id"):
        rows = database.query(
            f"select snapshot_at, source_rank, {column} "  # noqa: S608 - a table of ours
            f"from staging.stg_{table} order by 1, 2"
        )
        found = {}
        for snapshot_at, place, value in rows:
            found.setdefault((snapshot_at - NOON) // MINUTE, {})[place] = value
        return found

    return staged


@pytest.fixture
def reasons(database):
    """Return what looks up the reasons of a quarantine, by what follows the minute."""

    def reasons(table):
        assert_coded(database, f"staging.stg_{table}__rejected")
        rows = database.query(
            f"select substr(record_key, 12), reason "  # noqa: S608 - a table of ours
            f"from staging.stg_{table}__rejected"
        )
        return dict(rows)

    return reasons


def test_an_answer_counts_only_with_all_of_its_pages(raw, dbt, staged, reasons):
    coins = [Coin(number) for number in range(1, 31)]

    def answer(number, count, wanted=50, total=None):
        return toplist(
            coins[:count],
            NOON + number * MINUTE,
            8,
            size=10,
            wanted=wanted,
            total=total,
        )

    error = json.dumps({"Data": {"LIST": []}, "Err": {"type": 1, "message": "No"}})
    for pages in (
        answer(0, 25)[::-1],
        [answer(1, 25)[0], answer(1, 25)[2]],
        answer(2, 25)[1:],
        answer(3, 20, wanted=20),
        answer(4, 20),
        answer(5, 20, total=20),
        [(request, error, at) for request, _, at in answer(6, 5)],
        [(request, "<html>", at) for request, _, at in answer(7, 5)],
        answer(8, 0),
        answer(9, 25)[:2] + [(answer(9, 25)[2][0], "{}", NOON + 9 * MINUTE)],
        answer(10, 25)[:2],
        answer(10, 25)[2:],
        answer(11, 25) * 2,
        answer(12, 25)[:1],
        [answer(13, 25)[0], answer(13, 25)[2]],
    ):
        raw.land_answers(TOPLIST, pages)
    dbt("run", *STAGING)
    found, rejected = staged(TOPLIST), reasons(TOPLIST)

    raw.land_answers(TOPLIST, answer(13, 25)[1:2])
    for number in (1, 2, 4, 6, 7, 8, 9, 12):
        mended = toplist(coins[:25], NOON + number * MINUTE, 30, size=10)
        raw.land_answers(TOPLIST, mended)
    dbt("run", *STAGING)

    counts = {minute: list(places.values()) for minute, places in found.items()}
    assert counts == {
        **dict.fromkeys((0, 10, 11), list(range(1, 26))),
        **dict.fromkeys((3, 5), list(range(1, 21))),
    }
    assert rejected == {
        "12:01 #0": "page 2 is missing",
        "12:02 #0": "page 1 is missing",
        "12:04 #0": "page 3 is missing",
        "12:06 #0": "page 1 is not readable",
        "12:07 #0": "page 1 is not readable",
        "12:08 #0": "an answer without coins",
        "12:09 #0": "page 3 is not readable",
        "12:12 #0": "page 2 is missing",
        "12:13 #0": "page 2 is missing",
    }
    assert set(staged(TOPLIST)) == set(range(14))
    assert reasons(TOPLIST) == {}


def test_each_bad_coin_is_rejected_alone(raw, dbt, staged, reasons, database):
    numbers = {
        1: ('"NaN"', "not a number where one belongs"),
        2: ("-0.5", "a price below zero"),
        3: ("1e99", BEYOND),
        4: ("1e-40", BEYOND),
        5: ("true", "not a number where one belongs"),
    }
    good = {6: "1e-7", 7: "0", 8: "null", 9: "38012.17476016029123456789", 10: "1E+9"}
    coins = [Coin(key, number) for key, (number, _) in numbers.items()]
    coins += [Coin(key, number) for key, number in good.items()]
    odd = [
        listing(Coin(None)),
        listing(Coin("abc")),
        listing(Coin(0)),
        "7",
        '{"id":77,"symbol":"X","name":"a\\u0000\\ud83d\\ude00\\ud800b\\\\u0000"}',
        '{"id":76,"symbol":"X","name":"X","quote":{"USD":{"price": NaN}}}',
        '{"id":78,"name":"no symbol"}',
        listing(Coin(79), "v1"),
        '{"id":80,"symbol":"X","name":"no quote"}',
    ]
    raw.land_answers(LISTINGS, listings([*coins, *odd]))
    tops = [Coin(1), Coin(2, "-1"), Coin(3, "1e30"), Coin(4, '"5"'), Coin("5", "null")]
    tops += [
        Coin("x y", linked_id="1"),
        Coin(7, linked_id="-4"),
        Coin(8, linked_id=1027),
    ]
    raw.land_answers(TOPLIST, toplist([*map(asset, tops), asset(Coin(1, "9"))]))

    dbt("run", *STAGING)

    assert staged(LISTINGS, "price_usd")[0] == {
        **{
            key: None if number == "null" else Decimal(number)
            for key, number in good.items()
        },
        15: None,
        18: Decimal("1.5"),
        19: None,
    }
    assert staged(LISTINGS, "coin_name")[0][15] == "a\ufffd\U0001f600\ufffdb\\u0000"
    assert reasons(LISTINGS) == {
        **{f"12:00 {key}": told for key, (_, told) in numbers.items()},
        **dict.fromkeys(("12:00 #11", "12:00 #12", "12:00 #13"), "no id"),
        "12:00 #14": "not readable as a coin",
        "12:00 76": "not a number where one belongs",
        "12:00 78": "no symbol or no name",
    }
    assert staged(TOPLIST)[0] == {1: 1, 5: 5, 7: 7, 8: 8}
    assert staged(TOPLIST, "listing_id")[0] == {1: None, 5: None, 7: None, 8: 1027}
    assert reasons(TOPLIST) == {
        "12:00 2": "a volume below zero",
        "12:00 3": "volume out of range: at least 1e-30 and below 1e20",
        "12:00 4": "not a number where one belongs",
        "12:00 #6": "no id",
        "12:00 1#9": "another value than further up in the page",
    }


@pytest.fixture
def answers(database):
    """Return what looks up the places of the coins of each answer, by its seconds."""

    def answers(table):
        rows = database.query(
            f"select snapshot_at, source_rank, coin_id from staging.stg_{table}"  # noqa: S608 - a table of ours
        )
        found = {}
        for snapshot_at, place, coin in rows:
            found.setdefault((snapshot_at - NOON).total_seconds(), {})[place] = coin
        return found

    return answers


def test_the_answers_of_a_minute_stand_side_by_side_and_the_newest_ends_rejects(
    raw, dbt, answers, reasons
):
    def land(coins, seconds):
        raw.land_answers(LISTINGS, listings(coins, NOON, seconds))
        dbt("run", *STAGING[:3])
        return reasons(LISTINGS)

    first = land([*TEN, Coin(11, "-1")], 20)
    older = land([Coin(99), *TEN], 10)
    newer = land([Coin(3), Coin(2, "-1"), Coin(12)], 40)
    raw.land_answers(LISTINGS, listings([Coin(50)] * 2, NOON, 50, size=1)[:1])
    dbt("run", *STAGING[:3])

    everything = {number: number for number in range(1, 11)}
    others = {1: 99, **{number + 1: number for number in range(1, 11)}}
    assert first == older == {"12:00 11": "a price below zero"}
    assert newer == {"12:00 2": "a price below zero"}
    assert reasons(LISTINGS) == {**newer, "12:00 #0": "page 2 is missing"}
    assert answers(LISTINGS) == {20: everything, 10: others, 40: {1: 3, 3: 12}}


def test_a_later_copy_of_an_answer_replaces_it_whole(raw, dbt, answers, tables):
    raw.land_answers(LISTINGS, listings(TEN, NOON, 20))
    dbt("run", *STAGING[:3])
    raw.land_answers(LISTINGS, listings([Coin(3), Coin(12)], NOON, 20))

    dbt("run", *STAGING[:3])

    assert answers(LISTINGS) == {20: {1: 3, 2: 12}}
    assert tables.records(
        "select (key ->> 'coin_id')::int as coin_id from ops.vanished "
        "where model = 'stg_coinmarketcap__listings' order by 1"
    ) == [{"coin_id": number} for number in (1, 2, 4, 5, 6, 7, 8, 9, 10)]


def test_a_page_asked_twice_counts_once_with_its_more_coins(raw, dbt, answers):
    coins = [Coin(number) for number in range(1, 21)]
    whole = toplist(coins, size=10, total=20)
    short = toplist(coins[:3], size=10, total=20)
    for seconds, pages in (
        (10, [*short[:1], *whole]),
        (20, [*whole, *short[:1]]),
    ):
        pages = [
            (
                request.replace("12:00:08", f"12:00:{seconds}"),
                body,
                NOON + timedelta(seconds=seconds + number),
            )
            for number, (request, body, _) in enumerate(pages)
        ]
        raw.land_answers(TOPLIST, pages)
    dbt("run", *STAGING)

    everything = {number: number for number in range(1, 21)}
    assert answers(TOPLIST) == {10: everything, 20: everything}


def test_an_announced_total_is_to_be_reached_but_for_a_hundredth(
    raw, dbt, staged, reasons, database
):
    coins = [Coin(number) for number in range(1, 1001)]

    def answer(minute, *counts, total, wanted=5000, totals=()):
        pages, start = [], 0
        for number, count in enumerate(counts):
            told = totals[number] if totals else total
            page = toplist(coins[start : start + count], size=100, total=told)[0]
            request = json.loads(page[0])
            at = NOON + minute * MINUTE + timedelta(seconds=number)
            request |= {"page": number + 1, "wanted": wanted}
            request["asked_at"] = (NOON + minute * MINUTE).isoformat()
            pages.append((json.dumps(request), page[1], at))
            start += 100
        raw.land_answers(TOPLIST, pages)

    answer(0, 100, 100, 99, 81, total=381)
    answer(1, 100, 100, 99, total=381)
    answer(2, 100, 100, 97, 80, total=381)
    answer(3, 100, 0, 100, 81, total=381)
    answer(4, 97, 100, 100, 81, total=381)
    answer(5, 100, 100, 60, total=381, wanted=250)
    answer(6, 100, 100, 49, total=381, wanted=250)
    answer(7, 100, 100, 10, total=None, totals=(381, 300, 210))
    answer(8, 100, 100, 10, total=None)
    answer(9, 100, 100, 100, total=None, totals=(250, 280, 301))
    answer(10, 96, 100, 100, 100, total=400)
    answer(11, 95, 100, 100, 100, total=400)
    answer(12, 100, 100, 100, 81, total=None, totals=(0, 150, 0, 1))

    dbt("run", *STAGING)

    assert {minute: len(places) for minute, places in staged(TOPLIST).items()} == {
        **{0: 380, 4: 378, 5: 260, 6: 249, 7: 210, 8: 210, 10: 396, 12: 381},
    }
    assert reasons(TOPLIST) == {
        "12:01 #0": "page 4 is missing",
        "12:02 #0": "4 of 381 announced coins are missing",
        "12:03 #0": "100 of 381 announced coins are missing",
        "12:09 #0": "page 4 is missing",
        "12:11 #0": "5 of 400 announced coins are missing",
    }
    told = database.query(
        "select distinct snapshot_at, announced_count, missing_count "
        "from staging.stg_cryptocompare__toplist order by 1"
    )
    assert [counts for _, *counts in told] == [
        *([381, 1], [381, 3], [250, 0], [250, 1], [210, 0], [None, None], [400, 4]),
        [None, None],
    ]


def test_two_values_for_a_coin_on_one_page_are_told_and_the_first_counts(
    raw, dbt, staged, reasons
):
    page = [Coin(1, "5"), Coin(2, "6"), Coin(1, "5"), Coin(1, "7"), Coin(1, "8")]
    bad_first = [Coin(3, "-1"), Coin(3, "9")]
    raw.land_answers(LISTINGS, listings([*page, *bad_first]))
    moved = [*[Coin(number) for number in range(1, 11)], Coin(10, "99"), Coin(11)]
    raw.land_answers(TOPLIST, toplist(moved, size=10))

    dbt("run", *STAGING)

    assert staged(LISTINGS, "price_usd")[0] == {1: 5, 2: 6, 7: 9}
    another = "another value than further up in the page"
    assert reasons(LISTINGS) == {
        "12:00 1#4": another,
        "12:00 1#5": another,
        "12:00 3": "a price below zero",
    }
    assert staged(TOPLIST, "volume_24h_usd")[0][10] == Decimal("1.5")
    assert reasons(TOPLIST) == {}


def test_a_coin_on_two_pages_is_one_row_at_its_first_place(raw, dbt, staged):
    slipped = [*TEN, TEN[-1], *[Coin(number) for number in range(11, 15)]]
    raw.land_answers(TOPLIST, toplist(slipped, size=10)[::-1])
    raw.land_answers(LISTINGS, listings(slipped, size=10))

    dbt("run", *STAGING)

    places = {number: number for number in range(1, 11)}
    places |= {number + 1: number for number in range(11, 15)}
    assert staged(TOPLIST) == {0: places}
    assert staged(LISTINGS) == {0: places}


def test_pruned_pages_and_a_full_refresh_leave_what_was_staged(raw, dbt, staged):
    raw.land_answers(LISTINGS, listings(TEN))
    raw.land_answers(TOPLIST, toplist(TEN[:5], size=10))
    dbt("run", *STAGING)
    for table in (LISTINGS, TOPLIST):
        raw.database.query(f"truncate raw.{table}", role="loader")
    raw.land_answers(LISTINGS, listings(TEN[:3], NOON + MINUTE))

    dbt("run", "--full-refresh", *STAGING)

    assert {minute: len(coins) for minute, coins in staged(LISTINGS).items()} == {
        0: 10,
        1: 3,
    }
    assert len(staged(TOPLIST)[0]) == 5
