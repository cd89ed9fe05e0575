"""`/v1/rates`: the dollar's rates of all days."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.answers import reply
from serving.api.documented import REFUSALS
from serving.database import Database
from serving.first_users import TAGS
from serving.kept import Answer
from serving.lines import Lines
from serving.refusals import unknown

router = APIRouter(tags=TAGS, responses=REFUSALS)

RATES = """
select row_to_json(rates)::text as line
from (
    select
        replace(replace(pulled_at::text, ' ', 'T'), '+00', 'Z') as "timestamp",
        currency_from,
        currency_to,
        usd_to_currency_rate as "USD_to_currency_rate",
        currency_to_usd_rate as "currency_to_USD_rate"
    from marts.rpt_usd_rates_1d {which}
    order by rate_date, currency_to
) as rates
"""
CURRENCIES = "select distinct currency_to from marts.rpt_usd_rates_1d order by 1"


@router.get("/v1/rates")
async def rates(
    request: Request,
    currency: Annotated[
        str | None, Query(description="One alone, in any case.", examples=["ngn"])
    ] = None,
) -> Response:
    """Answer the dollar's rates of all days, oldest first."""
    if currency is None:
        return await Lines(RATES.format(which=""), []).stream(request)

    async def make(database: Database) -> Answer:
        query = RATES.format(which="where currency_to = %s")
        answer = await Lines(query, [currency.strip().upper()]).whole(database)
        if answer.body == b"[]":
            known = [code for (code,) in (await database.fetch(CURRENCIES)).rows]
            raise unknown(f"There are no rates of {currency!r}.", known)
        return answer

    return await reply(request, ("rpt_usd_rates_1d",), make, varies=())
