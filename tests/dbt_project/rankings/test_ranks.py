"""The ranking of coins by the minute, held against a computation of its own."""

from decimal import Decimal

from tests.support.ranking_minutes import (
    APART,
    GONE,
    MART,
    MINUTES,
    built,
    exact,
    land,
    of_minute,
    of_minutes,
    others,
)
from tests.support.rankings import (
    MINUTE,
    MODELS,
    SECOND,
    TOPLIST,
    Coin,
    ranks,
    toplist,
)

RANKS = (
    *("-s", "stg_coinmarketcap__listings", "stg_cryptocompare__toplist"),
    *("int_coin_answers__paired", "fct_coin_ranks_1m"),
)
WHOLE = "to_jsonb(mart) - 'updated_at' - 'changed_in'"


def test_the_ranks_equal_a_computation_that_shares_no_code(coins, tables):
    expected = exact(ranks(*others([GONE])))

    found = built(tables)

    assert found == expected
    assert {key[0] for key in found} == set(MINUTES) - {GONE, APART}
    assert len(found) > 6 * 70
    assert {row["rank_change"] is None for row in found.values()} == {True, False}
    skews = tables.records(
        f"select distinct skew_seconds, price_age_seconds > 0 as is_old from {MART}"  # noqa: S608 - a table of ours
    )
    assert skews == [{"skew_seconds": Decimal(3), "is_old": True}]


def test_a_late_snapshot_changes_itself_and_its_successors_movement(coins, dbt, tables):
    before = tables.row_versions(MART)
    land(coins, GONE)

    dbt("run", *RANKS)

    found = built(tables)
    assert found == exact(ranks(*of_minutes(MINUTES)))
    written = tables.records(
        f"select distinct snapshot_at from {MART} "  # noqa: S608 - a table of ours
        f"where changed_in = (select max(changed_in) from {MART})"
    )
    assert {row["snapshot_at"] for row in written} == {GONE, GONE + MINUTE}
    assert len(before - tables.row_versions(MART)) <= 120


def test_a_nearer_answer_takes_coins_away_and_the_successor_notices(coins, dbt, tables):
    minute = MINUTES[1]
    fewer = of_minute(minute)[1][30:80]
    coins.land_answers(TOPLIST, toplist(fewer, minute, 6, size=100))

    dbt("run", *RANKS)

    priced, ranked = others([GONE])
    ranked["nearer"] = (minute + 6 * SECOND, fewer)
    assert built(tables) == exact(ranks(priced, ranked))


def test_a_minute_that_empties_is_skipped_by_its_successor(coins, dbt, tables):
    minute = MINUTES[2]
    unknown = [Coin(1, linked_id="999")]
    coins.land_answers(TOPLIST, toplist(unknown, minute, 6))

    dbt("run", *RANKS)

    priced, ranked = others([GONE])
    ranked["nearer"] = (minute + 6 * SECOND, unknown)
    found = built(tables)
    assert found == exact(ranks(priced, ranked))
    assert minute not in {key[0] for key in found}


def test_any_order_and_repetition_gives_what_a_full_refresh_gives(
    database, raw, dbt, tables
):
    def mart():
        return database.query(f"select ({WHOLE})::text from {MART} as mart order by 1")  # noqa: S608 - a table of ours

    for minutes in (MINUTES[5:], MINUTES[:2], MINUTES[4:6], MINUTES[2:5]):
        land(raw, *minutes[::-1])
        dbt("run", *RANKS)
    found = built(tables), mart()

    dbt("run", "--full-refresh", *RANKS)

    assert found[0] == exact(ranks(*of_minutes(MINUTES)))
    assert (built(tables), mart()) == found


def test_a_build_of_nothing_new_writes_nothing(coins, dbt, tables):
    before = tables.all_row_versions()

    dbt("run", *MODELS)

    assert tables.all_row_versions() == before
