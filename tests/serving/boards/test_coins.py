"""The coins' board shows the newest ranking, its moves, and who is not in it."""

from datetime import timedelta

import pytest

from serving.boards import people
from tests.serving.boards.test_market import times

AGO = {
    "week": timedelta(days=7),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
}
RANKS = """
insert into marts.fct_coin_ranks_1m (
    snapshot_at, coin_rank, coin_id, symbol, coin_name, price_usd, volume_24h_usd,
    source_rank, previous_rank, rank_change, previous_snapshot_at, priced_at,
    ranked_at, price_updated_at, volume_updated_at, skew_seconds, updated_at,
    changed_in
)
select
    %s, place.coin_rank, place.coin_id, symbol, coin_name, price_usd * %s,
    volume_24h_usd, source_rank, place.previous_rank,
    place.previous_rank - place.coin_rank, %s, priced_at, ranked_at, price_updated_at,
    volume_updated_at, skew_seconds, updated_at, changed_in
from marts.fct_coin_ranks_1m
inner join unnest(%s::bigint[], %s::bigint[], %s::bigint[])
    as place (coin_id, coin_rank, previous_rank) using (coin_id)
where snapshot_at = %s
"""


@pytest.fixture(scope="module")
def past(house):
    """Return the newest ranking, and earlier ones of it: an hour, a day, a week ago.

    In each the coins stand a few places lower than in the one after it, those from the
    end come first; a week ago the second coin of now was not among them. A coin's
    price was four fifths of that of now an hour ago, and a half of it before.
    """
    newest = house.query(
        "select coin_id, coin_rank, symbol, price_usd, snapshot_at "
        "from marts.rpt_top_coins order by coin_rank"
    )
    at = newest[0][4]
    ranked, earlier = {"now": {coin: rank for coin, rank, *_ in newest}}, None
    for shift, (ago, span) in zip((7, 4, 1), AGO.items(), strict=True):
        order = [coin for coin, *_ in newest[-shift:] + newest[:-shift]]
        if ago == "week":
            order.remove(newest[1][0])
        ranks = {coin: place for place, coin in enumerate(order, 1)}
        before = ranked.get(earlier, {})
        house.query(
            RANKS,
            at - span,
            "0.8" if ago == "hour" else "0.5",
            at - AGO[earlier] if earlier else None,
            order,
            list(ranks.values()),
            [before.get(coin) for coin in order],
            at,
            role="transformer",
        )
        ranked[ago], earlier = ranks, ago
    yield at, newest, ranked
    house.query(
        "delete from marts.fct_coin_ranks_1m where snapshot_at = any(%s)",
        [at - span for span in AGO.values()],
        role="transformer",
    )


def moved(before: int | None, now: int) -> str:
    """Return a move as the board tells it."""
    if before is None:
        return "new"
    won = before - now
    return f"▲ {won}" if won > 0 else f"▼ {-won}" if won else "="


def test_the_top_coins_stand_by_rank_with_their_moves(look, past):
    at, newest, ranked = past
    shown = look("/boards/coins?n=23")

    heading, *rows = shown.table("top_coins")
    places = [heading.index(f"Rank, 1 {ago}") for ago in ("hour", "day", "week")]
    assert [
        [row[0], row[1], row[3], *(row[place] for place in places)] for row in rows
    ] == [
        [
            str(rank),
            symbol,
            people.number(price and str(price)),
            *(moved(ranked[ago].get(coin), rank) for ago in ("hour", "day", "week")),
        ]
        for coin, rank, symbol, price, _ in newest[:23]
    ]
    assert rows[0][heading.index("Price, 1 hour, %")] == "25"
    assert rows[0][heading.index("Price, 1 week, %")] == "100"
    assert rows[1][heading.index("Rank, 1 week")] == "new"
    assert f"{at - AGO['day']:%Y-%m-%d %H:%M} UTC (1 day)" in shown.said("top_coins")


def test_an_earlier_end_shows_the_ranking_of_then(look, past):
    at, newest, ranked = past
    shown = look(
        f"/boards/coins?n=5&to={at - AGO['day'] + timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    )

    heading, first, *_ = shown.table("top_coins")
    assert first[1] == newest[-4][2]
    assert first[heading.index("Rank, 1 hour")] == moved(
        ranked["week"][newest[-4][0]], 1
    )
    assert f"ranking of {at - AGO['day']:%Y-%m-%d %H:%M} UTC" in shown.said("top_coins")


@pytest.mark.parametrize("ago", AGO)
def test_who_moved_most_is_drawn_by_places_won(look, past, ago):
    _, newest, ranked = past
    shown = look(f"/boards/coins?n=11&against={ago}")

    bars = shown.figure("movers")["data"][0]
    won = {
        f"{rank} {symbol}": ranked[ago][coin] - rank
        for coin, rank, symbol, *_ in newest
        if coin in ranked[ago] and min(rank, ranked[ago][coin]) <= 11
    }
    assert dict(zip(bars["y"], bars["x"], strict=True)) == {
        coin: places for coin, places in won.items() if places
    }
    sizes = [abs(places) for places in bars["x"]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_moves_since_the_snapshot_before_are_the_marts(look, house, past):
    at, *_ = past
    day = at - AGO["day"]
    shown = look(f"/boards/coins?n=9&to={day + timedelta(minutes=1):%Y-%m-%dT%H:%M}")

    found = house.query(
        "select movement, symbol, previous_rank, coin_rank from marts.rpt_coin_moves "
        "where snapshot_at = %s and least(previous_rank, coin_rank) <= 9",
        day,
    )
    told = [(row[0], row[1], row[3], row[4]) for row in shown.table("changes")[1:]]
    kept = [tuple("–" if each is None else str(each) for each in row) for row in found]
    assert sorted(told) == sorted(kept)
    assert told[0][0] == "entered"


def test_a_coins_rank_over_time_has_the_first_place_on_top(look, house, past):
    at, newest, _ = past
    coin = newest[1][0]
    shown = look(f"/boards/coins?coin={coin}")

    figure = shown.figure("rank")
    (line,) = figure["data"]
    found = house.query(
        """
        select
            to_char(snapshots.snapshot_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
            ranks.coin_rank
        from (select distinct snapshot_at from marts.fct_coin_ranks_1m) as snapshots
        left join marts.fct_coin_ranks_1m as ranks
            on ranks.snapshot_at = snapshots.snapshot_at and ranks.coin_id = %s
        order by 1
        """,
        coin,
    )
    assert list(zip(times(line["x"]), line["y"], strict=True)) == found
    assert found[0][1] is None, "a week ago it was not there, which breaks the line"
    low, high = figure["layout"]["yaxis"]["range"]
    assert low > high


def test_ranks_are_as_far_apart_as_asked_and_of_the_time_asked(look, past):
    at, newest, _ = past
    start = at - AGO["day"]
    shown = look(
        f"/boards/coins?coin={newest[0][0]}&every=1h&from={start:%Y-%m-%dT%H:%M}"
        f"&to={at - timedelta(minutes=5):%Y-%m-%dT%H:%M}"
    )

    (line,) = shown.figure("rank")["data"]
    assert times(line["x"])[0] == f"{start:%Y-%m-%d %H:%M}"
    assert all(
        f"{start:%Y-%m-%d %H:%M}" <= each < f"{at:%Y-%m-%d %H:%M}"
        for each in times(line["x"])
    )
    daily = look(f"/boards/coins?coin={newest[0][0]}&every=1d")
    (line,) = daily.figure("rank")["data"]
    assert times(line["x"])[-2:] == [f"{start:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%d %H:%M}"]


@pytest.mark.parametrize("coin", ["123456789", "BTC'", "9" * 30])
def test_a_coin_that_there_is_not_is_said_not_to_be(look, coin):
    shown = look(f"/boards/coins?coin={coin}")

    assert f"its id: {coin}" in shown.said("rank")


def test_what_could_not_be_matched_is_the_marts(look, house):
    shown = look("/boards/coins?n=6")

    found = house.query("""
        select source, source_rank::text, symbol, coin_id::text
        from marts.rpt_unmatched_coins as coins
        where snapshot_at = (select max(snapshot_at) from marts.fct_coin_ranks_1m)
        order by source, coins.source_rank
    """)
    table = shown.table("unmatched")[1:]
    assert [(row[0], row[1], row[2], row[4]) for row in table] == found
    assert found


def test_each_table_has_a_name_of_its_own(look):
    shown = look("/boards/coins?n=8")

    names = shown.page.locator(".rows").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label'))"
    )
    assert {"Top coins: rows", "Not matched: rows"} <= set(names)


def test_before_the_first_snapshot_each_panel_says_what_to_do(look):
    shown = look("/boards/coins?to=2009-01-03")

    for panel in ("top_coins", "movers", "changes", "rank", "unmatched"):
        assert "make run" in shown.said(panel)
