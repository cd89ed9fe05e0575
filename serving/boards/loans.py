"""Arrears of the loan book, for a service whose role was granted it."""

from decimal import Decimal

from plotly import graph_objects as go

from serving.boards import theme
from serving.boards.board import Board, Filter, Found

ARREARS = """
select
    arrears_date,
    coalesce(
        sum(amount_at_risk) filter (
            where days_past_due > coalesce(%(over)s::integer, -1)
        ),
        0
    ) as amount_at_risk,
    count(*) filter (
        where days_past_due > coalesce(%(over)s::integer, 0)
    ) as loan_count
from marts.fct_loan_arrears_1d
where
    arrears_date >= coalesce(%(from)s::date, '-infinity')
    and arrears_date <= coalesce(%(to)s::date, 'infinity')
    and arrears_date > (
        select least(max(arrears_date), %(to)s::date) from marts.fct_loan_arrears_1d
    ) - %(count)s::integer
group by 1
order by 1
"""
PORTFOLIO = """
with

open_loans as (

    select
        loans.*,
        newest.as_of_date,
        loans.total_amount_expected - greatest(loans.total_amount_paid, 0)
            as outstanding_amount
    from marts.rpt_loans as loans
    cross join (
        select max(arrears_date) as as_of_date from marts.fct_loan_arrears_1d
    ) as newest
    where
        loans.total_amount_expected - greatest(loans.total_amount_paid, 0) > 0.001
        and (loans.loan_date_of_release > newest.as_of_date) is not true

),

buckets (place, bucket, from_days, to_days) as (

    values
    (1, 'current', null, 0),
    (2, '1-30', 1, 30),
    (3, '31-60', 31, 60),
    (4, '61-90', 61, 90),
    (5, 'over 90', 91, null)

)

select
    buckets.bucket,
    count(loans.loan_id) as loan_count,
    coalesce(sum(loans.outstanding_amount), 0) as outstanding_amount,
    coalesce(sum(loans.amount_at_risk), 0) as amount_at_risk,
    coalesce(sum(loans.outstanding_amount - loans.amount_at_risk), 0)
        as not_yet_due_amount,
    round(
        100 * coalesce(sum(loans.outstanding_amount), 0)
        / sum(sum(loans.outstanding_amount)) over (),
        1
    ) as share_percent,
    max(max(loans.as_of_date)) over () as as_of_date,
    bool_or(bool_or(loans.has_stale_payments)) over () as has_stale_payments
from buckets
left outer join open_loans as loans
    on loans.current_days_past_due between
        coalesce(buckets.from_days, 0) and coalesce(buckets.to_days, 2147483647)
where exists (select 1 from open_loans)
group by buckets.place, buckets.bucket
order by buckets.place
"""
MOST = """
select
    loan_id as "Loan",
    current_days_past_due as "Days past due",
    amount_at_risk as "At risk",
    total_amount_paid as "Paid",
    total_amount_expected as "Expected",
    last_due_date as "Last due on",
    last_repayment_date as "Last paid on"
from marts.rpt_loans
where current_days_past_due > coalesce(%(over)s::integer, 0)
order by 2 desc, 3 desc, 1
limit 100
"""
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
    ARREARS,
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
    PORTFOLIO,
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
    MOST,
    ["rpt_loans"],
    empty=f"No loan is so long past due. {READ}",
)
