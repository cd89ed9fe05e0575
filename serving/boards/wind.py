"""A turbine's signals, where its wind comes from, and what power it makes of it."""

from collections import Counter
from itertools import compress, groupby

from plotly import graph_objects as go
from plotly.subplots import make_subplots

from serving.boards import theme
from serving.boards import wind_queries as queries
from serving.boards.board import Board, Filter, Found

MARTS = ("fct_turbine_signals_10m", "dim_signals")
CLASSES = {
    1: ("0.5 to 3 m/s", theme.MUTED, ""),
    2: ("3 to 6 m/s", theme.ACCENT, "/"),
    3: ("6 to 9 m/s", theme.UP, ""),
    4: ("9 to 12 m/s", theme.FLAG, "x"),
    5: ("12 to 15 m/s", theme.DOWN, ""),
    6: ("15 m/s and more", theme.THIRD, "."),
}
POINTS = {
    "tickvals": (0, 45, 90, 135, 180, 225, 270, 315, 360),
    "ticktext": ("N", "NE", "E", "SE", "S", "SW", "W", "NW", "N"),
}
AROUND = {"range": [0, 360], **{name: ticks[::2] for name, ticks in POINTS.items()}}
COVERED = {"range": [0, 1.05], "tickvals": [0, 1], "tickformat": ".0%"}
FLAGS = {
    "out of range": ("x", theme.DOWN),
    "stuck": ("diamond", theme.THIRD),
    "low coverage": ("triangle-up", theme.FLAG),
}
"""What the marts flag, the worst first, by symbol and colour."""
PLAIN = {"symbol": "circle", "color": theme.ACCENT, "size": 5}


board = Board(
    "Wind",
    "A wind turbine in windows of ten minutes: signals, wind rose, power curve.",
    filters=(
        Filter("turbine", "Turbine", known=queries.TURBINES),
        Filter("signal", "Signal", known=queries.KNOWN, is_optional=True),
        Filter("from", "From, UTC", kind="time", is_optional=True),
        Filter("to", "Until, UTC", kind="time", is_optional=True),
        Filter("days", "At most, days", usual="7", kind="number", bounds=(1, 31)),
    ),
)


@board.figure(
    "Signals",
    queries.SIGNALS,
    MARTS,
    empty="There are no readings of {turbine} in this time, or it has no such signal. "
    "`SOURCES__PLANT__TURBINES` names the turbines that are asked, "
    "`SOURCES__PLANT__COLUMNS` their signals; `make run` asks for what is new.",
    newest="window_started_at",
)
def signals(found: Found) -> go.Figure:
    """Means of ten minutes in the band from their least to their greatest reading.

    Below them the coverage: the share of the expected readings that came. Where none
    came the line is broken. A direction has neither least nor greatest: its means are
    dots. Of more than eight signals, choose one.
    """
    parts = found.by("signal")
    figure = make_subplots(
        rows=2 * len(parts),
        shared_xaxes=True,
        vertical_spacing=0.13 / len(parts),
        row_heights=[4, 1] * len(parts),
        subplot_titles=[title for signal in parts for title in (signal, "")],
    )
    for place, part in enumerate(parts.values()):
        flagged = _flagged(part, "window_started_at", "mean_value")
        for trace in (_band(part), _means(part), *flagged):
            figure.add_trace(trace, 2 * place + 1, 1)
        figure.add_trace(_coverage(part), 2 * place + 2, 1)
        figure.update_yaxes(COVERED, row=2 * place + 2)
        if part["is_direction"][0]:
            figure.update_yaxes(AROUND, row=2 * place + 1)
    named = set()
    for trace in figure.data:
        trace.update(legendgroup=trace.name, showlegend=trace.name not in named)
        named.add(trace.name)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    figure.update_xaxes(title={"text": "UTC"}, row=2 * len(parts))
    figure.update_layout(
        height=100 + 230 * len(parts),
        hovermode="closest",
        # above the first signal's name, whatever the height
        legend={"y": 1 + 0.13 / len(parts)},
    )
    return figure


def _band(part: Found) -> go.Scatter:
    """Return what lies between least and greatest, a polygon each unbroken run."""
    at, values = [], []
    rows = zip(
        part["window_started_at"], part["min_value"], part["max_value"], strict=True
    )
    for is_there, windows in groupby(rows, lambda row: row[1] is not None):
        times, least, most = zip(*windows, strict=True)
        if is_there:
            at += [*times, *reversed(times), None]
            values += [*most, *reversed(least), None]
    return go.Scatter(
        x=at,
        y=values,
        name="least to greatest",
        fill="toself",
        fillcolor=theme.BAND,
        line={"color": theme.BAND, "width": 1},
        hoverinfo="skip",
    )


def _means(part: Found) -> go.Scatter:
    """Return the line of the means; of a direction, which goes round, dots."""
    return go.Scatter(
        x=part["window_started_at"],
        y=part["mean_value"],
        name="mean",
        mode="markers" if part["is_direction"][0] else "lines+markers",
        line={"color": theme.ACCENT, "width": 1.5},
        marker={"color": theme.ACCENT, "size": 3},
        text=_hover_texts(
            part, "window_started_at", "mean_value", "min_value", "max_value"
        ),
        hoverinfo="text",
    )


def _coverage(part: Found) -> go.Scatter:
    return go.Scatter(
        x=part["window_started_at"],
        y=part["coverage"],
        name="coverage",
        mode="lines",
        fill="tozeroy",
        line={"color": theme.MUTED, "width": 1, "shape": "hv"},
        hovertemplate="%{x|%Y-%m-%d %H:%M} UTC: %{y:.1%}<extra></extra>",
    )


def _flagged(found: Found, x: str, y: str) -> list[go.Scatter]:
    """Return the windows of each flag; what has several stands by the worst."""
    worst = [flags.split(", ")[0] for flags in found["flags"]]
    return [
        _dots(found, x, y, chosen, flag, {"symbol": symbol, "color": color, "size": 9})
        for flag, (symbol, color) in FLAGS.items()
        if any(chosen := [each == flag for each in worst])
    ]


def _dots(
    found: Found, x: str, y: str, chosen: list[bool], name: str, marker: dict
) -> go.Scatter:
    texts = _hover_texts(found, *dict.fromkeys(("window_started_at", x, y)))
    return go.Scatter(
        x=list(compress(found[x], chosen)),
        y=list(compress(found[y], chosen)),
        name=name,
        mode="markers",
        marker=marker,
        text=list(compress(texts, chosen)),
        hoverinfo="text",
    )


def _hover_texts(found: Found, *names: str) -> list[str]:
    """Return what is said of each window: these columns, and its flags."""
    columns = [
        [f"{name.replace('_', ' ')} {value}" for value in found.shown(name)]
        for name in names
    ]
    return [
        "<br>".join(filter(None, window))
        for window in zip(*columns, found["flags"], strict=True)
    ]


def _calms(found: Found) -> str:
    """Return what the rose does not draw, and how often that is."""
    counts = Counter()
    for kind, count in zip(found["kind"], found["window_count"], strict=True):
        counts[kind] += count
    counted = counts["wind"] + counts["calm"]
    return (
        f"Calm, below 0.5 m/s, in {counts['calm']:,} of {counted:,} windows. "
        f"Left out: {counts['flagged']:,} flagged, {counts['without direction']:,} "
        "whose directions cancel each other out."
    )


@board.figure(
    "Wind rose",
    queries.ROSE,
    MARTS,
    empty="There is no rose of {turbine} in this time, since no window has both its "
    "`wind_speed` and its `wind_direction`. Where the plant has both, name them in "
    "`SOURCES__PLANT__COLUMNS`: `make run` then asks for them.",
    note=_calms,
)
def rose(found: Found) -> go.Figure:
    """Where the wind comes from, and how fast it is, in per cent of the windows.

    Sixteen sectors, clockwise from north, of the circular mean of wind_direction; in
    each the classes of the mean wind_speed, the slowest within. Flagged windows are
    left out.
    """
    classes = found.by("speed_class")
    figure = go.Figure(
        [
            go.Barpolar(
                theta=classes[each]["from_degrees"],
                r=classes[each]["share_percent"],
                width=22.5,
                name=name,
                marker={"color": color, "pattern": {"shape": pattern, "size": 5}},
                customdata=classes[each].shown("share_percent"),
                text=classes[each]["window_count"],
                hovertemplate="from %{theta}°: %{customdata} %, %{text} windows",
            )
            for each, (name, color, pattern) in CLASSES.items()
            if each in classes
        ]
    )
    figure.update_layout(
        height=480,
        hovermode="closest",
        legend={"y": 1.1},
        polar={
            "angularaxis": {"rotation": 90, **POINTS},
            "radialaxis": {"ticksuffix": " %", "angle": 90, "tickangle": 90},
        },
    )
    return figure


@board.figure(
    "Power curve",
    queries.POWER,
    MARTS,
    empty="There is no power curve of {turbine} in this time, since no window has both "
    "its `wind_speed` and its `power`. Where the plant has both, name them in "
    "`SOURCES__PLANT__COLUMNS`: `make run` then asks for them.",
)
def power(found: Found) -> go.Figure:
    """Mean power of each ten minutes by their mean wind speed.

    The line joins the means of the windows without a flag in each 0.5 m/s. Flagged ones
    have symbols of their own; out of range comes before stuck before low coverage.
    """
    sound = [flags == "" for flags in found["flags"]]
    means = zip(found["bin_wind_speed"], found["bin_power"], strict=True)
    bins = sorted(set(means) - {(None, None)})
    figure = go.Figure(
        [
            _dots(found, "wind_speed", "power", sound, "no flag", PLAIN),
            go.Scatter(
                x=[speed for speed, _ in bins],
                y=[mean for _, mean in bins],
                name="mean by 0.5 m/s",
                mode="lines",
                line={"color": theme.SECOND, "width": 2},
                hoverinfo="skip",
            ),
            *_flagged(found, "wind_speed", "power"),
        ]
    )
    figure.update_layout(
        height=460,
        hovermode="closest",
        xaxis={"title": {"text": "wind_speed, m/s"}},
        yaxis={"title": {"text": "power, kW"}},
    )
    return figure
