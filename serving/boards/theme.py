"""The one look of all figures, by day and by night."""

from collections.abc import Iterable, Mapping
from typing import Any

import plotly.io
from plotly.graph_objects import Bar

from serving.boards.board import Found

UP, DOWN = "#1f9e76", "#d1495b"
ACCENT, SECOND, THIRD = "#3a86c8", "#b8782a", "#8e6bbf"
MUTED, FLAG = "#808a94", "#d98200"
"""Each stands out from a white and from a dark ground by 3 to 1 at least."""
BAND = "rgba(58, 134, 200, 0.22)"
TIMES = {
    "type": "date",
    "title": {"text": "UTC", "font": {"size": 13}, "standoff": 4},
    "hoverformat": "%Y-%m-%d %H:%M UTC",
}
"""An axis of times."""

STRIPED = {"shape": "/", "fillmode": "overlay", "solidity": 0.2}
"""A bar that is to be told from its neighbours without colour."""

plotly.io.templates.default = "none"


def stacked(
    found: Found, x: str, parts: Iterable[tuple[str, str, str, Mapping]]
) -> list[Bar]:
    """Return stacked bars, each of a column, a name, a colour and a pattern."""
    return [
        Bar(
            x=found[x],
            y=found[column],
            name=name,
            marker={"color": color, "pattern": pattern},
            customdata=found.shown(column),
            hovertemplate="%{customdata}",
        )
        for column, name, color, pattern in parts
    ]


def template(text: str, grid: str, ground: str, raised: str) -> dict[str, Any]:
    """Return what a figure's layout has unless it says otherwise."""
    axis = {
        "gridcolor": grid,
        "linecolor": grid,
        "zerolinecolor": grid,
        "exponentformat": "none",
        "separatethousands": True,
        "automargin": True,
        "title": {"font": {"size": 13}},
    }
    return {
        "layout": {
            "font": {"family": "system-ui, sans-serif", "color": text, "size": 13},
            "paper_bgcolor": ground,
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [ACCENT, SECOND, UP, THIRD, DOWN, FLAG],
            "margin": {"l": 56, "r": 16, "t": 16, "b": 40},
            "height": 380,
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "hoverlabel": {"bgcolor": raised, "font": {"color": text}},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "xaxis": {**axis, "rangeslider": {"visible": False}},
            "yaxis": axis,
            "polar": {
                "bgcolor": "rgba(0,0,0,0)",
                "angularaxis": {
                    "direction": "clockwise",
                    "gridcolor": grid,
                    "linecolor": grid,
                },
                "radialaxis": {"gridcolor": grid, "linecolor": grid},
            },
        }
    }


THEME = {
    "light": template("#1c2329", "#dfe4e8", "#ffffff", "#ffffff"),
    "dark": template("#e4e9ed", "#3a434b", "#14181d", "#1b2127"),
    "config": {
        "displaylogo": False,
        # Plotly's button that sends a figure to its makers
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "responsive": True,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    },
}
