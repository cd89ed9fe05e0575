"""Candles of a market, and its prices beside the listed ones."""

from datetime import timedelta

from plotly import graph_objects as go

from serving.boards import theme
from serving.boards.board import Board, Filter, Found

GRAINS = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
SYMBOLS = """
select symbol from (
    select distinct symbol from marts.fct_candles_1w
) as known
order by symbol != 'BTCUSDT', symbol
"""
CANDLES = """
select * from (
    select
        candles.opened_at,
        candles.open_price,
        candles.high_price,
        candles.low_price,
        candles.close_price,
        candles.vwap_price,
        candles.base_volume,
        candles.minute_count,
        candles.is_complete,
        candles.is_final
    from marts.fct_candles_{grain} as candles
    where
        candles.symbol = %(symbol)s
        and candles.opened_at >= coalesce(%(from)s, '-infinity'::timestamptz)
        and candles.opened_at < coalesce(%(to)s, 'infinity'::timestamptz)
    order by candles.opened_at desc
    limit %(count)s
) as newest
order by opened_at
"""

board = Board(
    "Market",
    "Candles of a symbol at Binance, from a minute to a week, and the price check.",
    filters=(
        Filter("symbol", "Symbol", known=SYMBOLS),
        Filter("grain", "Candle", usual="1h", options=GRAINS[1:]),
        Filter("from", "From, UTC", kind="time", is_optional=True),
        Filter("to", "Until, UTC", kind="time", is_optional=True),
        Filter("count", "At most", usual="300", kind="number", bounds=(1, 2000)),
    ),
)


@board.figure(
    "Candles",
    CANDLES,
    ["fct_candles_{grain}"],
    empty="There are no candles of {symbol} in this time. "
    "`python -m ingestion binance` asks for what is new, `make run` builds it, too.",
    newest="opened_at",
    late=timedelta(hours=3),
)
def candles(found: Found) -> go.Figure:
    """Prices with their volume-weighted average, above the volume."""
    opened = found["opened_at"]
    figure = go.Figure(
        [
            go.Candlestick(
                x=opened,
                open=found["open_price"],
                high=found["high_price"],
                low=found["low_price"],
                close=found["close_price"],
                name="Price",
                increasing={"line": {"color": theme.UP}},
                decreasing={"line": {"color": theme.DOWN}},
            ),
            go.Scatter(
                x=opened,
                y=found["vwap_price"],
                name="VWAP",
                line={"color": theme.ACCENT, "width": 1},
            ),
            go.Bar(
                x=opened,
                y=found["base_volume"],
                name="Volume",
                yaxis="y2",
                marker={"color": theme.MUTED},
            ),
        ]
    )
    figure.update_layout(
        height=520,
        yaxis={"domain": [0.28, 1]},
        yaxis2={"domain": [0, 0.22]},
        xaxis={"title": {"text": "UTC"}, "anchor": "y2"},
    )
    return figure
