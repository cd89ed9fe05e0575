"""Arrears of the loan book, for a service whose role was granted it."""

from decimal import Decimal

from plotly import graph_objects as go

from serving.boards import loans_queries as queries
from serving.boards import theme
from serving.boards.board import Board, Filter, Found

READ = "`python -m ingestion loans` reads the four files, `dbt build` builds them."

board = Board(
    "Loans",
    "What is due and was not paid, day by day, and how much of the book is at risk.",
    filters=(
        Filter(
            "over",
            "Days past due, more than",
            options=("30", "60", "90"),
            is_optional=True,
        ),
        Filter("from", "First day", kind="day", is_optional=True),
        Filter("to", "Last day", kind="day", is_optional=True),
        Filter("count", "Days, at most", "365", kind="number", bounds=(1, 7320)),
    ),
    needs=("fct_loan_arrears_1d", "rpt_loans"),
)


@board.figure(
    "Arrears by day",
    queries.ARREARS,
    ["fct_loan_arrears_1d"],
    empty=f"No loan is told of in this time. {READ}",
)
def arrears(found: Found) -> go.Figure:
    """Amounts due by the end of each day and not paid, above the loans in arrears.

    An instalment is in arrears from the day after its due date on.
    """
    parts = (
        ("amount_at_risk", "Amount at risk", "y", theme.DOWN),
        ("loan_count", "Loans in arrears", "y2", theme.ACCENT),
    )
    figure = go.Figure(
        [
            go.Scatter(
                x=found["arrears_date"],
                y=found[column],
                name=name,
                yaxis=axis,
                line={"color": color, "shape": "hv"},
                fill="tozeroy",
                customdata=found.shown(column),
                hovertemplate="%{customdata}",
            )
            for column, name, axis, color in parts
        ]
    )
    figure.update_layout(
        height=460,
        yaxis={"domain": [0.4, 1], "title": {"text": "Amount at risk"}},
        yaxis2={"domain": [0, 0.3], "title": {"text": "Loans"}, "rangemode": "tozero"},
        xaxis={"anchor": "y2"},
    )
    return figure


def at_risk(found: Found) -> str:
    """Return the portfolio at risk, and what is to be said of its files."""
    amounts = [Decimal(amount) for amount in found["outstanding_amount"]]
    shares = ", ".join(
        f"{name} {100 * sum(amounts[place:]) / sum(amounts):.1f} %"
        for place, name in enumerate(("past due", "PAR30", "PAR60", "PAR90"), 1)
    )
    said = f"As of {found['as_of_date'][0]}: {shares}."
    if found["has_stale_payments"][0]:
        said += (
            " A newer file of payments can't be used, so these are of the last good "
            "one: `python -m ingestion loans` says why."
        )
    return said


@board.figure(
    "Portfolio at risk",
    queries.PORTFOLIO,
    ["rpt_loans", "fct_loan_arrears_1d"],
    empty=f"No loan is open. {READ}",
    note=at_risk,
)
def portfolio(found: Found) -> go.Figure:
    """Amounts that open loans still have to pay, by how long they are past due.

    PAR30 is the share of them that loans more than 30 days past due have to pay.
    """
    parts = (
        ("amount_at_risk", "Past due", theme.DOWN, theme.STRIPED),
        ("not_yet_due_amount", "Not yet due", theme.ACCENT, {}),
    )
    figure = go.Figure(theme.stacked(found, "bucket", parts))
    shares = zip(found.shown("share_percent"), found["loan_count"], strict=True)
    figure.update_traces(
        text=[
            f"{share} %<br>{count} loan{'s'[: count != 1]}" for share, count in shares
        ],
        textposition="outside",
        cliponaxis=False,
        selector={"name": "Not yet due"},
    )
    figure.update_layout(
        barmode="stack",
        xaxis={"title": {"text": "Days past due"}},
        yaxis={"title": {"text": "To be paid"}},
    )
    return figure


board.table(
    "most",
    "Most in arrears",
    queries.MOST,
    ["rpt_loans"],
    empty=f"No loan is so long past due. {READ}",
)
