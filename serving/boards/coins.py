"""The most traded coins, how they moved, and what could not be ranked."""

from datetime import timedelta

from plotly import graph_objects as go

from serving.boards import coins_queries as queries
from serving.boards import people, theme
from serving.boards.board import Board, Filter, Found

AGO = ("hour", "day", "week")
NO_SNAPSHOT = "There is no snapshot in this time: `make run` takes one."

board = Board(
    "Coins",
    "The most traded coins by the minute: their ranks, their moves, who is not known.",
    filters=(
        Filter("n", "Coins", usual="20", kind="number", bounds=(1, 1000)),
        Filter("against", "Moved since an earlier", usual="day", options=AGO),
        Filter("coin", "Coin", known=queries.KNOWN),
        Filter("every", "Its rank every", usual="1m", options=("1m", "1h", "1d")),
        Filter("from", "Its rank from, UTC", kind="time", is_optional=True),
        Filter("to", "Until, UTC", kind="time", is_optional=True),
    ),
)


def _compared(found: Found) -> str:
    """Return of when the ranking is, and those that it is held against."""
    said = f"This is the ranking of {people.time(found['Snapshot'][0])}"
    held = {ago: found.newest(f"1 {ago} before") for ago in AGO}
    known = [f"{people.time(at)} (1 {ago})" for ago, at in held.items() if at]
    lacking = [f"1 {ago}" for ago, at in held.items() if not at]
    if known:
        said += f", held against {', '.join(known)}"
    if lacking:
        said += f"; there is none yet of {' or '.join(lacking)} before"
    return f"{said}."


board.table(
    "top_coins",
    "Top coins",
    queries.TOP,
    ["fct_coin_ranks_1m"],
    empty=NO_SNAPSHOT,
    text="By what was traded in 24 hours, and how rank and price moved since.",
    newest="Snapshot",
    late=timedelta(hours=1),
    note=_compared,
)


@board.figure(
    "Who moved most",
    queries.MOVERS,
    ["fct_coin_ranks_1m"],
    empty="No coin moved that is or was among the first {n}, or there is no snapshot "
    "so long before: `make run` takes one, the schedule one a minute.",
)
def movers(found: Found) -> go.Figure:
    """Places won and lost, of coins that are or were among the top."""
    coins = list(zip(found["coin_rank"], found["symbol"], strict=True))
    changes = found["rank_change"]
    figure = go.Figure(
        go.Bar(
            x=changes,
            y=[f"{rank} {symbol}" for rank, symbol in coins],
            text=[f"from {before}" for before in found["earlier_rank"]],
            orientation="h",
            marker={"color": [theme.UP if up > 0 else theme.DOWN for up in changes]},
            customdata=found["coin_name"],
            hovertemplate="%{customdata}: %{x:+d}, %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=120 + 24 * len(coins),
        hovermode="closest",
        xaxis={"title": {"text": "Places won"}, "tickformat": "d"},
        yaxis={"type": "category", "autorange": "reversed"},
    )
    return figure


board.table(
    "changes",
    "Since the snapshot before",
    queries.CHANGES,
    ["rpt_coin_moves", "fct_coin_ranks_1m"],
    empty="No coin entered, left or moved among the first {n} since the snapshot "
    "before, or there is none: `make run` takes one.",
    text="Who entered, left, or moved among the top in the newest snapshot.",
)


@board.figure(
    "Rank over time",
    queries.RANKS,
    ["fct_coin_ranks_1m"],
    empty="No snapshot of this time has the coin (its id: {coin}). Coins are named by "
    "CoinMarketCap's ids; `make run` takes a snapshot.",
    newest="snapshot_at",
)
def rank(found: Found) -> go.Figure:
    """Place of a coin in each snapshot; the line breaks where it was not among them."""
    names, ranks = ("price_usd", "volume_24h_usd"), found["coin_rank"]
    there = [each for each in ranks if each is not None]
    figure = go.Figure(
        go.Scatter(
            x=found["snapshot_at"],
            y=ranks,
            name=next(filter(None, reversed(found["symbol"]))),
            mode="lines+markers",
            line={"shape": "hv", "color": theme.ACCENT},
            marker={"size": 5},
            customdata=list(zip(*map(found.shown, names), strict=True)),
            hovertemplate="rank %{y}<br>price %{customdata[0]} USD"
            "<br>volume %{customdata[1]} USD",
        )
    )
    figure.update_layout(
        xaxis=theme.TIMES,
        yaxis={
            "title": {"text": "Rank"},
            "autorange": "reversed",
            "tick0": 1,
            "dtick": 1 + (max(there) - min(there)) // 8,
        },
    )
    return figure


board.table(
    "unmatched",
    "Not matched",
    queries.UNMATCHED,
    ["rpt_unmatched_coins", "fct_coin_ranks_1m"],
    empty="Each coin of the newest answers is in the ranking, or nothing has landed: "
    "`make run` lands and builds.",
    text="Coins of the newest snapshot, and of answers in the hour after it, that are "
    "in no ranking: the other source does not list them, or gave no answer so near.",
)
