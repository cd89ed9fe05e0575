"""A currency over time by provider, its jumps, and how old the newest rates are."""

from datetime import timedelta

from plotly import graph_objects as go

from serving.boards import theme
from serving.boards.board import Board, Filter, Found
from serving.boards.rates_queries import CURRENCIES, JUMPS, LINES, NEWEST

board = Board(
    "Rates",
    "A currency's rates by who quotes them, their jumps, and how old the newest are.",
    filters=(
        Filter("currency", "Currency", usual="USD", known=CURRENCIES),
        Filter("base", "Per one", usual="EUR", known=CURRENCIES),
        Filter("from", "First day, UTC", kind="day", is_optional=True),
        Filter("to", "Last day, UTC", kind="day", is_optional=True),
    ),
)
NAMES = {"xe": "XE", "ecb": "ECB", "law": "Fixed by law"}
STYLES = {"xe": (theme.ACCENT, "dash"), "ecb": (theme.SECOND, "solid")}
OTHERS = (theme.THIRD, "dot")
FEW = 60


@board.figure(
    "Rates by provider",
    LINES,
    ["fct_fx_rates_1d"],
    empty="There is no rate of {currency} per {base} in this time. "
    "`python -m ingestion ecb --from 2024-01-01` asks for days of the past, "
    "as does `xe` in its place; `dbt build` builds them.",
    newest="day_at",
    late=timedelta(days=6),
)
def rates(found: Found) -> go.Figure:
    """Units of the currency for one of the other, as quoted, inverse, or crossed.

    Without a first day it is the year until the last. Crossed over dollar and euro of
    one provider; what `fx_rate` gives of several, or of a law, is a line of its own in
    the last 366 days. A jump is marked: a change since the provider's rate before, at
    most 7 days older, of 5 % or more, or of 1 % or more and over 8 times the median
    change of the days shown.
    """
    figure = go.Figure()
    for provider, line in found.by("provider").items():
        color, dash = STYLES.get(provider, OTHERS)
        figure.add_scatter(
            **_points(line),
            name=NAMES.get(provider, provider.upper()),
            mode="lines+markers" if len(line.rows.rows) <= FEW else "lines",
            line={"color": color, "dash": dash, "width": 2},
            hovertemplate="%{customdata}",
        )
    if jumps := found.by("is_jump").get(True):
        figure.add_scatter(
            x=jumps["rate_date"],
            y=jumps["rate"],
            name="Jump",
            mode="markers",
            marker={"color": theme.DOWN, "symbol": "diamond", "size": 11},
            customdata=[f"{float(percent):+} %" for percent in jumps["percent"]],
            hovertemplate="%{customdata}",
        )
    unit = "{currency} per {base}".format_map(found.asked)
    figure.update_layout(
        showlegend=True,
        yaxis={"title": {"text": unit}},
        xaxis={"title": {"text": "UTC day"}},
    )
    return figure


def _points(line: Found) -> dict[str, tuple]:
    """Return a line's points, with a break where days before one are missing."""
    points = []
    columns = line["rate_date"], line["rate"], line.shown("rate"), line["is_first"]
    for day, rate, shown, is_first in zip(*columns, strict=True):
        if is_first and points:
            points.append((day, None, ""))
        points.append((day, rate, shown))
    return dict(zip(("x", "y", "customdata"), zip(*points, strict=True), strict=True))


board.table(
    "jumps",
    "Jumps",
    JUMPS,
    ["fct_fx_rates_1d"],
    empty="There is no jump of {currency} per {base} in this time.",
    text="The days marked above, the newest first: not more than 200.",
)
board.table(
    "newest",
    "Age of the newest rates",
    NEWEST,
    ["fct_fx_rates_1d"],
    empty="There are no rates: `make run` asks for some and builds them.",
    is_of_now=True,
    text="Of each currency and provider, stale ones first. XE is stale after 26 hours, "
    "the ECB when rates of more than two working days are missing, as at Easter. "
    "What others of its provider have left behind by 14 days has ended.",
)
