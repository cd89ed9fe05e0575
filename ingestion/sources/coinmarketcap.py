"""CoinMarketCap's listings: coins with their prices, by the volume of 24 hours.

`start` (from 1) and `limit` page through the list, at most 5,000 at once; 200 coins
cost a credit of the account. v1, which is deprecated, has the quotes of a coin as an
object by currency, v3 as a list. An answer counts only with `error_code` 0, a number
or a text, whatever its HTTP status. Ranks shift between pages.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dlt
import pyarrow as pa

from ingestion import http, snapshots
from ingestion.landing import PAGE as PAGE_COLUMNS
from ingestion.run import Run
from ingestion.snapshots import Listed, parsed
from ingestion.source import Source
from ingestion.states import NEWEST_WHOLE

BASE_URL = "https://pro-api.coinmarketcap.com"
VERSION = "v3"
VERSIONS = ("v1", "v3")
# five credits a minute; twice as many as are ranked, since volumes differ by source
COINS = 1000
PAGE = 5000
SORTED = {
    "convert": snapshots.CURRENCY,
    "sort": "volume_24h",
    "sort_dir": "desc",
    "cryptocurrency_type": "coins",
}
# the day's and the month's credits are used up: no wait of minutes helps
EXHAUSTED = ("1009", "1010")
REFUSED = ("400", "1001", "1002", "1003", "1004", "1005", "1006", "1007")


@dlt.resource
def coinmarketcap__listings(
    run: Run, coins: int, base_url: str, version: str, api_key: str | None
) -> Iterator[pa.Table]:
    """Yield the pages of one snapshot, the coins most traded first."""
    if not run.has(api_key=api_key):
        return
    size = min(PAGE, max(coins, 1))

    def ask(number: int) -> tuple[Mapping[str, Any], http.Answer, Listed]:
        if version not in VERSIONS:
            raise http.RefusedError("not asked: the version is v1 or v3")
        path = f"/{version}/cryptocurrency/listings/latest"
        request = {"start": (number - 1) * size + 1, "limit": size, **SORTED}
        answer = http.get(
            base_url.rstrip("/") + path,
            request,
            headers={"X-CMC_PRO_API_KEY": api_key},
            give_up_on=exhausted_quota,
        )
        return {"path": path, **request}, answer, listed(answer)

    yield from snapshots.read(run, ask, coins, size)


def listed(answer: http.Answer) -> Listed:
    """Return what an answer holds.

    Raises:
        RefusedError: CoinMarketCap will not answer us, or this.
        FailedError: it did not answer now, or with something else.

    """
    body = parsed(answer.body)
    code, status = error_code(body), body.get("status")
    if answer.status == 200 and code == "0" and isinstance(body.get("data"), list):
        return Listed(len(body["data"]), snapshots.count(status.get("total_count")))
    said = f"HTTP {answer.status}, {sentence(body)}"
    if answer.status in http.REFUSALS or code in REFUSED:
        raise http.RefusedError(said)
    raise http.FailedError(f"no coins ({said})")


def exhausted_quota(body: str) -> str | None:
    """Say that the credits are used up, None for a limit that will pass soon."""
    known = parsed(body)
    return sentence(known) if error_code(known) in EXHAUSTED else None


def error_code(body: Mapping[str, Any]) -> str | None:
    """Return the code that an answer has, as text."""
    status = body.get("status")
    return str(status.get("error_code")) if isinstance(status, dict) else None


def sentence(body: Mapping[str, Any]) -> str:
    """Say what an answer complains of."""
    status = body.get("status")
    message = status.get("error_message") if isinstance(status, dict) else None
    return f"code {error_code(body)}: {str(message)[:200]}"


@dlt.source(name="coinmarketcap", max_table_nesting=0)
def source(
    run: Run,
    coins: int = COINS,
    base_url: str = BASE_URL,
    version: str = VERSION,
    api_key: dlt.TSecretStrValue = None,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__COINMARKETCAP__*` sets what is not given."""
    yield coinmarketcap__listings(run, coins, base_url, version, api_key)


SOURCE = Source(
    tables={"coinmarketcap__listings": PAGE_COLUMNS},
    records="coins",
    resources=source,
    is_only_now=True,
    retention_days=7,
    states={"coinmarketcap__listings": (NEWEST_WHOLE,)},
)
