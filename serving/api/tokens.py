"""Ethereum's tokens: their transfers, and what they came to in a day."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from serving.api.asked import DaysAsked, InstantsAsked, PageAsked
from serving.api.documented import REFUSALS, rows_of
from serving.database import Database
from serving.listing import Listing, listed
from serving.refusals import unknown

router = APIRouter(prefix="/v1/tokens", tags=["tokens"], responses=REFUSALS)

TRANSFERS = Listing(
    "fct_token_transfers",
    {
        "block_at": "time",
        "transaction_hash": "text",
        "log_index": "integer",
        "block_number": "integer",
        "block_hash": "text",
        "token_address": "text",
        "token_symbol": "text",
        "token_name": "text",
        "decimals": "integer",
        "from_address": "text",
        "to_address": "text",
        "amount_raw": "exact",
        "amount": "exact",
        "value_usd": "exact",
        "priced_at": "time",
        "updated_at": "time",
    },
    ("block_at", "transaction_hash", "log_index"),
)
DAILY = Listing(
    "fct_token_transfers_1d",
    {
        "transfer_date": "day",
        "token_address": "text",
        "token_symbol": "text",
        "transfer_count": "integer",
        "sender_count": "integer",
        "receiver_count": "integer",
        "amount": "exact",
        "value_usd": "exact",
        "valued_count": "integer",
        "updated_at": "time",
    },
    ("transfer_date",),
)
IS_KNOWN = """
select
    exists (select 1 from marts.dim_tokens where token_address = %s)
    or exists (select 1 from marts.fct_token_transfers where token_address = %s)
"""
MOST_MOVED = """
select concat_ws(' ', token_address, token_symbol) from marts.fct_token_transfers_1d
where transfer_date = (select max(transfer_date) from marts.fct_token_transfers_1d)
order by transfer_count desc, token_address
limit 50
"""
Address = Annotated[
    str,
    Path(
        description="The token's contract, in any case.",
        examples=["0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"],
    ),
]


@router.get("/{address}/transfers", responses=rows_of(TRANSFERS))
async def transfers(
    request: Request,
    address: Address,
    page: PageAsked,
    span: InstantsAsked,
) -> Response:
    """Return a token's transfers by their block's time, oldest first."""
    asked = page.asked()
    asked.add("token_address = %s", address.lower())
    span.narrow(asked, "block_at")
    asked.check = lambda database: _check_token(database, address)
    return await listed(request, TRANSFERS, asked)


@router.get("/{address}/daily", responses=rows_of(DAILY))
async def daily(
    request: Request,
    address: Address,
    page: PageAsked,
    span: DaysAsked,
) -> Response:
    """Return what was transferred of a token in each UTC day, oldest first."""
    asked = page.asked()
    asked.add("token_address = %s", address.lower())
    span.narrow(asked, "transfer_date")
    asked.check = lambda database: _check_token(database, address)
    return await listed(request, DAILY, asked)


async def _check_token(database: Database, address: str) -> None:
    """Raise a 404 for a token that is not known; it names the most transferred ones."""
    given = address.lower()
    if (await database.fetch(IS_KNOWN, [given, given])).rows[0][0]:
        return
    known = [name for (name,) in (await database.fetch(MOST_MOVED)).rows]
    raise unknown(f"There is no token {address!r}: give its contract.", known)
