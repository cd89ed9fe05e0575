"""Candles of a market, and its prices beside the listed ones."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from plotly import graph_objects as go

from serving.boards import market_queries as queries
from serving.boards import people, theme
from serving.boards.board import Board, Filter, Found
from serving.exchanges import market_of

GRAINS = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
NO_CHECK = (
    "There is no price check in this time (symbol: {symbol}). It takes a market of "
    "`marts.dim_markets`, whose candle closed in the hour before a listing: `make run` "
    "asks for both."
)

board = Board(
    "Market",
    "Candles of a traded pair, from a minute to a week, and the price check.",
    filters=(
        Filter("symbol", "Symbol", known=queries.SYMBOLS),
        Filter("grain", "Candle", usual="1h", options=GRAINS),
        Filter("from", "From, UTC", kind="time", is_optional=True),
        Filter("to", "Until, UTC", kind="time", is_optional=True),
        Filter("count", "At most", usual="300", kind="number", bounds=(1, 2000)),
        Filter("every", "Checks every", usual="1m", options=("1m", "1h", "1d")),
    ),
)


def _note(found: Found) -> str:
    """Return what is to be said of the open candle and of gaps."""
    said, parts = [], found.by("kind")
    exchange, _ = market_of(found.asked["symbol"] or "")
    if still := found.by("state").get("still open"):
        closes_at = people.time(still["closes_at"][-1])
        count, most = still.shown("minutes")[-1], still.shown("of_minutes")[-1]
        said.append(
            f"The newest candle is open until {closes_at}: "
            f"it has {count} of {most} minutes so far."
        )
    if "missing here" in parts:
        said.append(
            "Minutes that are missing here, and that the source may have: "
            f"{sum(parts['missing here']['of_minutes']):,}. "
            f"`python -m ingestion {exchange} --gaps` asks for them."
        )
    return " ".join(said)


@board.figure(
    "Candles",
    queries.CANDLES,
    ["fct_candles_{grain}", "fct_candles_1m", "rpt_gaps"],
    empty="There are no candles in this time (symbol: {symbol}). "
    "`make run` asks for what is new, and builds it.",
    newest="known_to",
    late=timedelta(hours=3),
    note=_note,
)
def candles(found: Found) -> go.Figure:
    """Prices with their volume-weighted average, gaps, and the volume."""
    figure, parts = go.Figure(), found.by("kind")
    if "candle" in parts:
        figure.add_traces([*_prices(parts["candle"]), *_marks(parts["candle"])])
    figure.add_traces(_gaps(parts))
    figure.update_layout(
        height=560,
        yaxis={"domain": [0.32, 1]},
        yaxis2={"domain": [0, 0.2]},
        yaxis3={"domain": [0.22, 0.29], "range": [-0.6, 1.6], "visible": False},
        xaxis={**theme.TIMES, "anchor": "y2"},
    )
    return figure


def _prices(rows: Found) -> Iterator[go.Candlestick | go.Scatter | go.Bar]:
    """Yield prices, their average and the volume of candles."""
    names = ("open_price", "high_price", "low_price", "close_price")
    yield go.Candlestick(
        x=rows["opened_at"],
        **{name.partition("_")[0]: rows[name] for name in names},
        customdata=list(zip(*map(rows.shown, names), strict=True)),
        hovertemplate="open %{customdata[0]}<br>high %{customdata[1]}<br>"
        "low %{customdata[2]}<br>close %{customdata[3]}",
        name="Price",
        increasing={"line": {"color": theme.UP}},
        decreasing={"line": {"color": theme.DOWN}},
    )
    yield go.Scatter(
        x=rows["opened_at"],
        y=rows["vwap_price"],
        customdata=rows.shown("vwap_price"),
        hovertemplate="%{customdata}",
        name="VWAP",
        line={"color": theme.ACCENT, "width": 1},
    )
    yield go.Bar(
        x=rows["opened_at"],
        y=rows["base_volume"],
        customdata=rows.shown("base_volume"),
        hovertemplate="%{customdata}",
        name="Volume",
        yaxis="y2",
        marker={"color": theme.MUTED},
    )


def _marks(rows: Found) -> list[go.Scatter]:
    """Return marks of candles that lack minutes, and of the one that is still open."""
    states = rows.by("state")
    return [
        go.Scatter(
            x=states[state]["opened_at"],
            y=states[state][price],
            name=state.capitalize(),
            mode="markers",
            marker={"symbol": symbol, "color": color, "size": 10},
            customdata=states[state].shown("minutes"),
            text=states[state].shown("of_minutes"),
            hovertemplate="%{customdata} of %{text} minutes",
        )
        for state, price, symbol, color in (
            ("not complete", "low_price", "triangle-up", theme.FLAG),
            ("still open", "close_price", "circle-open", theme.THIRD),
        )
        if state in states
    ]


def _gaps(parts: dict[str, Found]) -> list[go.Scatter]:
    """Return lines over the time of gaps, those of ours above those of the source."""
    return [
        go.Scatter(
            x=[
                at
                for span in zip(gaps["opened_at"], gaps["closes_at"], strict=True)
                for at in (*span, None)
            ],
            y=[place] * 3 * len(gaps["opened_at"]),
            name=kind.capitalize(),
            yaxis="y3",
            mode="lines+markers",
            line={"color": color, "width": 6},
            marker={"symbol": symbol, "size": 8},
            customdata=[count for count in gaps.shown("of_minutes") for _ in range(3)],
            hovertemplate="%{customdata} minutes in all",
        )
        for place, kind, symbol, color in (
            (1, "missing here", "x", theme.DOWN),
            (0, "missing at the source", "square-open", theme.MUTED),
        )
        if (gaps := parts.get(kind))
    ]


@board.figure(
    "Price check",
    queries.CHECKS,
    ["rpt_price_check"],
    empty=NO_CHECK,
    newest="checked_at",
    late=timedelta(hours=3),
)
def price_check(found: Found) -> go.Figure:
    """By how much the price that CoinMarketCap lists lies above the last candle's."""
    figure = go.Figure(_checks(found, "Difference", mode="lines+markers"))
    figure.update_traces(marker={"size": 4}, line={"color": theme.ACCENT})
    if far := found.by("is_far").get(True):
        mark = {"color": theme.FLAG, "symbol": "diamond", "size": 9}
        figure.add_trace(_checks(far, "Beyond 2 %", mode="markers", marker=mark))
    figure.update_layout(xaxis=theme.TIMES, yaxis={"tickformat": "~%"})
    return figure


def _checks(found: Found, name: str, **style: Any) -> go.Scatter:  # noqa: ANN401 - of Plotly
    """Return checks as points; their hover has both prices."""
    shown = [map(_percent, found["difference"])]
    shown += [found.shown(price) for price in ("listed_price_usd", "candle_close")]
    return go.Scatter(
        x=found["checked_at"],
        y=found["difference"],
        name=name,
        customdata=list(zip(*shown, strict=True)),
        hovertemplate="%{customdata[0]} %: listed %{customdata[1]}, "
        "candle %{customdata[2]}",
        **style,
    )


def _percent(share: str | None) -> str:
    return people.number(share and str(Decimal(share) * 100))


board.table(
    "largest_differences",
    "Largest differences",
    queries.LARGEST,
    ["rpt_price_check"],
    empty=NO_CHECK,
    text="Of each symbol the largest of the last day that has checks.",
)
