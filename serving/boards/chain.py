"""A token's transfers by day, in tokens and in dollars, and the largest of them."""

from datetime import timedelta

from plotly import graph_objects as go
from plotly.subplots import make_subplots

from serving.boards import theme
from serving.boards.board import Board, Filter, Found
from serving.boards.chain_queries import FLOW, LARGEST, TOKENS

NOTHING = (
    "`python -m ingestion ethereum --from 2024-01-01` asks for days of the past, "
    "then `dbt build` builds them."
)
MEASURES = {
    "amount": ("Tokens", theme.ACCENT),
    "value_usd": ("US dollars", theme.UP),
    "transfer_count": ("Transfers", theme.MUTED),
}
FEW = 14
"""So many days have a tick each."""
MILLION = 1_000_000

board = Board(
    "Chain",
    "Transfers of an Ethereum token: what moves in a day, and the largest of them.",
    filters=(
        Filter("token", "Token's contract", known=TOKENS),
        Filter("from", "First day, UTC", kind="day", is_optional=True),
        Filter("to", "Last day, UTC", kind="day", is_optional=True),
        Filter("count", "Largest", usual="25", kind="number", bounds=(1, 500)),
    ),
)


def _missing(found: Found) -> str | None:
    """Return what of amounts and dollars is not told, and why."""
    if any(found["is_nft"]):
        return (
            "This is an NFT: each piece is one of its kind, so there are transfers, "
            "but no amounts and no dollars."
        )
    said = []
    if None in found["amount"]:
        said.append(
            "The token's decimals are unknown, so there are no amounts and no dollars: "
            "a line in `stg_token_amendments.sql` tells them, then `dbt build`."
        )
    total, valued = sum(found["transfer_count"]), sum(found["valued_count"])
    if valued < total and not said:
        said.append(
            f"Of {total:,} transfers {total - valued:,} have no worth in dollars: "
            "no market is known for the token, or no candle of it that is new enough. "
            "Its market is named in `stg_token_prices.sql`; "
            f"`python -m ingestion binance --from {found['transfer_date'][0]}` "
            "asks for candles, then `dbt build`."
        )
    return " ".join(said) or None


@board.figure(
    "Flow by day",
    FLOW,
    ["fct_token_transfers_1d", "dim_tokens", "fct_token_transfers"],
    empty="There is no transfer of {token} in this time: a token goes by its "
    f"contract's address. {NOTHING}",
    note=_missing,
    newest="known_until",
    late=timedelta(hours=30),
)
def flow(found: Found) -> go.Figure:
    """All that was transferred in each UTC day: of 30 days unless others are chosen."""
    shown = [name for name in MEASURES if any(found[name])]
    figure = make_subplots(len(shown), shared_xaxes=True, vertical_spacing=0.06)
    for row, name in enumerate(shown, 1):
        title, color = MEASURES[name]
        figure.add_bar(
            row=row,
            col=1,
            x=found["transfer_date"],
            y=found[name],
            name=title,
            marker={"color": color},
            customdata=found.shown(name),
            hovertemplate="%{customdata}",
        )
        is_large = max(float(each or 0) for each in found[name]) >= MILLION
        figure.update_yaxes(
            title=title, exponentformat="B" if is_large else "none", row=row
        )
    is_short = len(found.rows.rows) <= FEW
    figure.update_xaxes(type="date", dtick=86_400_000 if is_short else None)
    figure.update_layout(height=max(380, 80 + 170 * len(shown)), showlegend=False)
    return figure


board.table(
    "largest",
    "Largest transfers",
    LARGEST,
    ["fct_token_transfers", "dim_tokens"],
    empty="There is no amount of {token} in this time: there are no transfers, or the "
    f"token is an NFT, whose pieces have none. {NOTHING}",
    text="Of these days, by their amount. An address is shortened to look at, "
    "and whole where it is copied or read aloud.",
)
