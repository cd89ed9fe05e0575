"""Binance spot klines: candles of one minute by symbol, 1,000 a page, oldest first.

`GET /api/v3/klines` picks candles by open time, both ends inclusive, and asks no key.
The exchange counts weight by the minute and address, says in a header how much is
used, and bans who goes on after a 429.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import sleep

import dlt
import msgspec
import pyarrow as pa

from ingestion import http, keys
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.report import Report
from ingestion.window import Window

TABLES = {"binance__klines": PAGE}
RECORDS = "candles"
BASE_URL = "https://data-api.binance.vision"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
FIRST_DAYS = 30
TAIL_MINUTES = 10
PAGE_ROWS = 1000
MINUTE = 60_000
MICROSECONDS_FROM = 10**14
WEIGHT_A_MINUTE = 6000
WEIGHT = re.compile(r"[0-9]{1,9}")
SETTLES_IN = timedelta(hours=1)


class Kline(msgspec.Struct, array_like=True, gc=False):
    """What paging needs of a candle: its first element, in epoch ms or µs."""

    opened_at: int


KLINES = msgspec.json.Decoder(list[Kline])


@dlt.resource
def binance__klines(
    report: Report,
    symbols: Sequence[str],
    base_url: str,
    first: datetime,
    tail: timedelta,
) -> Iterator[pa.Table]:
    """Yield a chunk of pages of 1-minute klines, each symbol from its own cursor.

    Each run asks the last `tail` again, since candles get revised. A backfill goes
    over the report's window instead and leaves the cursors alone.
    """
    spans = {}
    for symbol in filter(report.is_open, symbols):
        reached = keys.place(symbol, report.window)
        if report.window:
            spans[symbol] = (reached or report.window.start, report.window.end)
        else:
            again = tail if symbol not in report.keys else timedelta()
            spans[symbol] = (reached - again if reached else first, datetime.now(UTC))
    yield from keys.read(
        report, spans, lambda symbol, asked: klines(base_url, symbol, asked)
    )


def klines(base_url: str, symbol: str, asked: Window) -> Iterator[Page]:
    """Yield the pages of a symbol's klines that open in a span, oldest first.

    Raises:
        RefusedError: the exchange will not serve this symbol, or us.
        FailedError: it did not serve it now, or with something else.

    """
    start, last = _milliseconds(asked.start), _milliseconds(asked.end) - 1
    while start <= last:
        request = {
            "symbol": symbol,
            "interval": "1m",
            "startTime": start,
            "endTime": last,
            "limit": PAGE_ROWS,
        }
        answer = http.get(f"{base_url}/api/v3/klines", request)
        rows = opens_of(answer)
        opens = sorted(_asked(rows, start, last))
        reached = opens[-1] + MINUTE if opens else start
        is_short = len(rows) < PAGE_ROWS
        known_at = answer.answered_at or answer.fetched_at
        settled = min(last + 1, _milliseconds(known_at - SETTLES_IN))
        yield Page(
            row=as_page(request, answer),
            records=len(rows),
            reached=_time(reached),
            is_last=is_short or reached > last,
            gaps=(
                gaps(start, opens, settled if is_short else reached)
                if len(opens) == len(rows)
                else ()
            ),
        )
        if is_short:
            return
        if reached <= start:
            raise http.FailedError(
                f"a full page from {_time(start)} on does not lead on"
            )
        start = reached
        _spare_the_limit(answer)


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: where a page holds all of it."""
    return span.end - span.start <= PAGE_ROWS * timedelta(milliseconds=MINUTE)


def opens_of(answer: http.Answer) -> list[object]:
    """Give the first element of each row, null of one that has none.

    Raises:
        RefusedError, FailedError: the answer is no list of rows.

    """
    try:
        body = KLINES.decode(answer.body)
    except msgspec.MsgspecError:
        body = _parsed(answer.body)
    if answer.status == 200 and isinstance(body, list):
        return [_opened_at(row) for row in body]
    error = body if isinstance(body, dict) else {}
    said = f"HTTP {answer.status}, code {error.get('code')}: {error.get('msg')}"
    if answer.status in http.REFUSALS:
        raise http.RefusedError(said)
    raise http.FailedError(f"no list of candles ({said})")


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _opened_at(row: object) -> object:
    if isinstance(row, Kline):
        return row.opened_at
    return row[0] if isinstance(row, list) and row else None


def gaps(start: int, opens: Sequence[int], end: int) -> tuple[Window, ...]:
    """Give the spans of whole minutes in `[start, end)` that no candle opens in.

    All three are in epoch milliseconds. The exchange left these minutes out of a
    complete answer, so it does not have them.
    """
    edges = [-(-start // MINUTE) * MINUTE - MINUTE, *opens, end // MINUTE * MINUTE]
    return tuple(
        Window(_time(before + MINUTE), _time(after))
        for before, after in pairwise(edges)
        if after - before > MINUTE
    )


def _asked(opens: Sequence[object], start: int, last: int) -> Iterator[int]:
    """Give the times that were asked for, in ms; by another no cursor may move."""
    for opened_at in opens:
        if isinstance(opened_at, int):
            in_ms = opened_at // 1000 if opened_at >= MICROSECONDS_FROM else opened_at
            if start <= in_ms <= last:
                yield in_ms


def _spare_the_limit(answer: http.Answer) -> None:
    used = answer.headers.get("X-MBX-USED-WEIGHT-1M", "")
    if WEIGHT.fullmatch(used) and int(used) > 0.9 * WEIGHT_A_MINUTE:
        sleep(61 - (answer.answered_at or answer.fetched_at).second)


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dlt.source(name="binance", max_table_nesting=0)
def source(
    report: Report,
    symbols: Sequence[str] = SYMBOLS,
    base_url: str = BASE_URL,
    first_days: int = FIRST_DAYS,
    tail_minutes: int = TAIL_MINUTES,
) -> Iterator[dlt.sources.DltResource]:
    """Give the resources; `SOURCES__BINANCE__*` sets what is not given."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yield binance__klines(
        report,
        symbols,
        base_url,
        first=today - timedelta(days=first_days),
        tail=timedelta(minutes=tail_minutes),
    )
