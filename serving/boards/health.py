"""How fresh everything is, what is missing or refused, and what mends it."""

from plotly import graph_objects as go

from serving.boards import health_queries as queries
from serving.boards import theme
from serving.boards.board import Board, Filter, Found

board = Board(
    "Health",
    "How fresh the sources are, what is missing, what was refused, and what mends it. "
    "`python -m warehouse doctor` looks at the rest.",
    filters=(
        Filter("system", "System", known=queries.SYSTEMS, is_optional=True),
        Filter("days", "Loads of days", usual="7", kind="number", bounds=(1, 365)),
    ),
)


def late(found: Found) -> str:
    """Return which of a table's rows are late, and what brings their news."""
    command = "Asked by" if "Asked by" in found.rows.names else "Built by"
    rows = zip(found["State"], found[found.rows.names[0]], found[command], strict=True)
    names = [f"{name} ({by})" for state, name, by in rows if state == "late"]
    return f"Late: {', '.join(names)}." if names else "Nothing is late."


def ours(found: Found) -> str:
    """Return which systems can be asked for what is missing."""
    whose = zip(found["Whose"], found["Asked by"], strict=True)
    commands = dict.fromkeys(command for who, command in whose if who == "ours")
    if not commands:
        return "None of it can be had: the sources have no more."
    return f"{', '.join(commands)} asks for what may be had, then `dbt build`."


board.table(
    "freshness",
    "Freshness",
    queries.FRESHNESS,
    ["rpt_source_health"],
    text="Late is what brought nothing for longer than its own rhythm allows. "
    "`dagster dev -m orchestration.definitions` asks all by itself.",
    empty="Nothing has landed yet: `make run` lands and builds.",
    note=late,
    is_of_now=True,
)
board.table(
    "gaps",
    "Gaps by series",
    queries.GAPS,
    ["rpt_gaps"],
    text="Records that were asked for and are not there, ours first, then the "
    "largest. What was never asked for is no gap.",
    empty="Nothing is missing of what was asked for, as `dbt build` saw it last.",
    note=ours,
)
board.table(
    "largest_gaps",
    "Largest gaps",
    queries.LARGEST_GAPS,
    ["rpt_gaps"],
    text="The hundred largest, ours first.",
    empty="Nothing is missing of what was asked for, as `dbt build` saw it last.",
)
board.table(
    "rejects",
    "Rejects by reason",
    queries.REJECTS,
    ["rpt_rejected_records"],
    text="Records in quarantine. A later good answer takes them out, after "
    "`dbt build`; `--dry-run` tells first what would be asked.",
    empty="Nothing is in quarantine, as `dbt build` saw it last.",
)


@board.figure(
    "Loads",
    queries.LOADS,
    ["fct_loads"],
    empty="Nothing landed in {days} days: `make run` asks for what is new.",
    is_of_now=True,
)
def loads(found: Found) -> go.Figure:
    """All loads by the hour, of more than a week by the day."""
    parts = (
        ("well_count", "Well", theme.ACCENT, {}),
        ("failed_count", "With failed keys", theme.DOWN, theme.STRIPED),
    )
    figure = go.Figure(theme.stacked(found, "loaded_at", parts))
    figure.update_layout(
        barmode="stack",
        xaxis=theme.TIMES,
        yaxis={"title": {"text": "Loads"}, "rangemode": "tozero"},
    )
    return figure


board.table(
    "failed_keys",
    "Failed keys",
    queries.FAILED_KEYS,
    ["fct_loads"],
    text="What was refused wants what its sentence says first; what failed may come "
    "when asked again. Of a past span that failed, the gaps above tell.",
    empty="No key failed in {days} days. `python -m ingestion SYSTEM` asks one anew.",
    is_of_now=True,
)
board.table(
    "marts",
    "Marts",
    queries.MARTS,
    ["rpt_versions"],
    text="When each mart was built last, the longest ago first; every job that runs "
    "on schedule builds its marts once a day at least.",
    empty="No mart is built yet: `dbt build` builds what has landed.",
    note=late,
    is_of_now=True,
)
