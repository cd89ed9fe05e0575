"""What Binance takes in a question for klines, and how it refuses the rest."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from serving.refusals import Refusal

MOST, USUAL = 1000, 500
MINUTE = 60_000
WIDTHS = {
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "1h": 60 * MINUTE,
    "4h": 240 * MINUTE,
    "1d": 1440 * MINUTE,
    "1w": 10080 * MINUTE,
}
LEGAL = {
    "symbol": r"[A-Z0-9-_.]{1,20}",
    "startTime": r"[0-9]{1,20}",
    "endTime": r"[0-9]{1,20}",
    "limit": r"[0-9]{1,20}",
    "timeZone": r"[+-]?[0-9]{1,2}(:[0-9]{2})?",
}
NAMES = ("interval", *LEGAL)
MICROSECONDS_FROM = 10**14
"""A time from here on is in microseconds."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_370_764_800_000_000  # the year 9999, in microseconds
EXAMPLES = {"symbol": "BTCUSDT", "interval": "1h"}
PARAMETERS = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": name in ("symbol", "interval"),
            "schema": {"type": "string", "pattern": f"^{LEGAL[name]}$"}
            if name in LEGAL
            else {"type": "string", "enum": list(WIDTHS)},
            **({"example": EXAMPLES[name]} if name in EXAMPLES else {}),
        }
        for name in NAMES
    ]
}


@dataclass(frozen=True)
class Question:
    """What is asked for; times inclusive, by the opening, None for open ends."""

    symbol: str
    interval: str
    start: datetime | None
    end: datetime | None
    limit: int


def refusal(code: int, message: str) -> Refusal:
    """Return an error in the exchange's form."""
    return Refusal(400, {"code": code, "msg": message})


def invalid_symbol() -> Refusal:
    """Return the exchange's error of a symbol that it does not have."""
    return refusal(-1121, "Invalid symbol.")


def malformed(name: str) -> Refusal:
    """Return the exchange's error of a parameter that it needs and can't read."""
    return refusal(
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )


def question(query: str) -> Question:
    """Return what a query string asks for; raises the exchange's errors."""
    given = _given(query)
    for name in ("symbol", "interval"):
        if name not in given:
            raise malformed(name)
    for name, legal in LEGAL.items():
        if name in given and not re.fullmatch(legal, given[name]):
            raise refusal(
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                f"legal range is '^{legal}$'.",
            )
    if given["interval"] not in WIDTHS:
        raise refusal(-1120, "Invalid interval.")
    limit = int(given.get("limit", USUAL))
    if not limit:
        raise malformed("limit")
    _check_zone(given.get("timeZone", "0"), WIDTHS[given["interval"]])
    return Question(
        symbol=given["symbol"],
        interval=given["interval"],
        start=_time(given.get("startTime")),
        end=_time(given.get("endTime")),
        limit=min(limit, MOST),
    )


def _given(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise refusal(-1101, "Duplicate values for a parameter detected.")
    read = sum(name in NAMES for name in given)
    if read < len(given):
        raise refusal(
            -1104,
            "Not all sent parameters were read; "
            f"read '{read}' parameter(s) but was sent '{len(given)}'.",
        )
    for name, value in given.items():
        if not value:
            raise refusal(-1105, f"Parameter '{name}' was empty.")
    return given


def _time(text: str | None) -> datetime | None:
    """Return a time, whichever of ms and µs it was sent in."""
    if text is None:
        return None
    sent = int(text)
    microseconds = sent if sent >= MICROSECONDS_FROM else sent * 1000
    return EPOCH + timedelta(microseconds=min(microseconds, LATEST))


def _check_zone(zone: str, width: int) -> None:
    """Raise for a zone in which candles of this width would open at other times."""
    hours, _, minutes = zone.lstrip("+-").partition(":")
    shift = int(hours) * 60 * MINUTE + int(minutes or 0) * MINUTE
    # weeks begin on a Monday, days at midnight, in UTC
    if shift % min(width, 1440 * MINUTE):
        raise malformed("timeZone")
