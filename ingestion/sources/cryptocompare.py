"""CryptoCompare's top list: coins by the volume of 24 hours, position by position.

The data-api (`asset/v1/top/list`, pages from 1) says which CoinMarketCap id a coin has.
The legacy min-api (`top/totalvolfull`, pages from 0) does not, so that its coins match
no price; it is asked where the base URL is its host or the setting `is_legacy` says so.
Neither has a rank: the position is one. Both allow 100 coins a page, and both send
errors with HTTP 200 too: `Response` is "Error", `Type` below 100, or `Err` not empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import dlt
import pyarrow as pa

from ingestion import http, snapshots
from ingestion.landing import PAGE as PAGE_COLUMNS
from ingestion.run import Run
from ingestion.snapshots import CURRENCY, Listed, parsed
from ingestion.source import Source
from ingestion.states import NEWEST_WHOLE

BASE_URL = "https://data-api.cryptocompare.com"
LEGACY_HOST = "min-api.cryptocompare.com"
# five requests a minute, so that 200 are left once those without a price are out
COINS = 500
PAGE = 100
SORTED = {
    "asset_type": "BLOCKCHAIN",
    "sort_by": "SPOT_MOVING_24_HOUR_QUOTE_VOLUME_USD",
    "sort_direction": "DESC",
}
# over a limit, and a parameter that is none
LIMITED_TYPE, REFUSED_TYPE = 99, 2


@dlt.resource
def cryptocompare__toplist(
    run: Run, coins: int, base_url: str, is_legacy: bool, api_key: str | None
) -> Iterator[pa.Table]:
    """Yield the pages of one snapshot, the coins most traded first."""
    if not run.has(api_key=api_key):
        return
    is_old = is_legacy or is_of_legacy_host(base_url)

    def ask(number: int) -> tuple[Mapping[str, Any], http.Answer, Listed]:
        path, request = legacy(number) if is_old else current(number)
        answer = http.get(
            base_url.rstrip("/") + path,
            request,
            headers={"Authorization": f"Apikey {api_key}"},
        )
        return {"path": path, **request}, answer, listed(answer)

    yield from snapshots.read(run, ask, coins, PAGE)


def is_of_legacy_host(base_url: str) -> bool:
    """Whether an address is the min-api's own."""
    return urlsplit(base_url).hostname == LEGACY_HOST


def current(number: int) -> tuple[str, dict[str, object]]:
    """Return path and parameters of a page at the data-api."""
    return "/asset/v1/top/list", {"page": number, "page_size": PAGE, **SORTED}


def legacy(number: int) -> tuple[str, dict[str, object]]:
    """Return path and parameters of a page at the min-api."""
    page = {"page": number - 1, "limit": PAGE, "tsym": CURRENCY}
    return "/data/top/totalvolfull", page


def listed(answer: http.Answer) -> Listed:
    """Return what an answer holds, of either host.

    Raises:
        RefusedError: CryptoCompare will not answer us, or this.
        FailedError: it did not answer now, or with something else.

    """
    body = parsed(answer.body)
    complaint, data = _complaint(body), body.get("Data")
    coins = data.get("LIST") if isinstance(data, dict) else data
    if answer.status == 200 and not complaint and isinstance(coins, list):
        return Listed(len(coins), _total(body))
    kind, status, message = complaint or (None, None, None)
    said = f"HTTP {answer.status}, type {kind}: {str(message)[:200]}{_window(body)}"
    statuses = {answer.status, status} & set(http.REFUSALS)
    if kind != LIMITED_TYPE and (statuses or kind == REFUSED_TYPE):
        raise http.RefusedError(said)
    raise http.FailedError(f"no coins ({said})")


def _complaint(body: Mapping[str, Any]) -> tuple[object, object, object] | None:
    """Return type, HTTP status and message of an error, None where there is none."""
    error = body.get("Err")
    if error:
        known = error if isinstance(error, dict) else {"message": error}
        status = snapshots.count(known.get("http_status_code"))
        return known.get("type"), status, known.get("message")
    kind = snapshots.count(body.get("Type"))
    if body.get("Response") == "Error" or (kind is not None and kind < 100):
        return kind, None, body.get("Message")
    return None


def _total(body: Mapping[str, Any]) -> int | None:
    """Return how many coins there are in all, if the answer says so."""
    data = body.get("Data")
    stats = data.get("STATS") if isinstance(data, dict) else body.get("MetaData")
    if not isinstance(stats, dict):
        return None
    return snapshots.count(stats.get("TOTAL_ASSETS", stats.get("Count")))


def _window(body: Mapping[str, Any]) -> str:
    """Say which of the limits is used up, where the answer counts the calls."""
    limits = body.get("RateLimit")
    limits = limits if isinstance(limits, dict) else {}
    made, most = limits.get("calls_made"), limits.get("max_calls")
    if not isinstance(made, dict) or not isinstance(most, dict):
        return ""
    exhausted = [
        name
        for name in ("second", "minute", "hour", "day", "month")
        if (snapshots.count(made.get(name)) or 0)
        >= (snapshots.count(most.get(name)) or float("inf"))
    ]
    return f" (calls of the {', '.join(exhausted)} used up)" if exhausted else ""


@dlt.source(name="cryptocompare", max_table_nesting=0)
def source(
    run: Run,
    coins: int = COINS,
    base_url: str = BASE_URL,
    is_legacy: bool = False,
    api_key: dlt.TSecretStrValue = None,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__CRYPTOCOMPARE__*` sets what is not given."""
    yield cryptocompare__toplist(run, coins, base_url, is_legacy, api_key)


SOURCE = Source(
    tables={"cryptocompare__toplist": PAGE_COLUMNS},
    records="coins",
    resources=source,
    is_only_now=True,
    retention_days=7,
    states={"cryptocompare__toplist": (NEWEST_WHOLE,)},
)
