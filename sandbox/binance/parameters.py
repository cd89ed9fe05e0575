"""What Binance accepts in a request for klines, and how it refuses the rest."""

import re
from urllib.parse import parse_qsl

from sandbox.clock import HOUR, MINUTE

from .candles import Question
from .intervals import LENGTHS

MAX_LIMIT = 1000
NAMES = ("symbol", "interval", "startTime", "endTime", "timeZone", "limit")
LEGAL = {
    "symbol": r"[^\Wa-z]([^\Wa-z]|[-.]){0,49}",
    "startTime": r"[0-9]{1,20}",
    "endTime": r"[0-9]{1,20}",
    "limit": r"[0-9]{1,20}",
    "timeZone": r"[+-]?[0-9]{1,2}(:[0-9]{2})?",
}
MICROSECONDS_FROM = 10**14  # larger times are µs: ms would be the year 5138
ZONES = range(-12 * HOUR, 14 * HOUR + 1)


class Refusal(Exception):  # noqa: N818 - it is what a refused client gets
    """An answer other than 200: its status, Binance's code, its text, its headers."""

    def __init__(
        self, status: int, code: int, msg: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(msg)
        self.status = status
        self.body = {"code": code, "msg": msg}
        self.headers = headers or {}


def question(query: str) -> Question:
    """Return what a query string asks; Refusal -1100 to -1105, -1120 if it may not."""
    given = _given(query)
    for name in ("symbol", "interval"):
        if name not in given:
            raise _malformed(name)
    for name, legal in LEGAL.items():
        if name in given and not re.fullmatch(legal, given[name]):
            raise Refusal(
                400,
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                f"legal range is '^{legal}$'.",
            )
    if given["interval"] not in LENGTHS:
        raise Refusal(400, -1120, "Invalid interval.")
    limit = int(given.get("limit", 500))
    if not limit:
        raise _malformed("limit")
    start, end = (_microseconds(given.get(name)) for name in ("startTime", "endTime"))
    return Question(
        symbol=given["symbol"],
        interval=given["interval"],
        start=None if start is None else -(-start // 1000),
        end=None if end is None else end // 1000,
        limit=min(limit, MAX_LIMIT),
        shift=_shift(given.get("timeZone", "0")),
    )


def _given(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise Refusal(400, -1101, "Duplicate values for a parameter detected.")
    read = sum(name in NAMES for name in given)
    if read < len(given):
        raise Refusal(
            400,
            -1104,
            "Not all sent parameters were read; "
            f"read '{read}' parameter(s) but was sent '{len(given)}'.",
        )
    for name, value in given.items():
        if not value:
            raise Refusal(400, -1105, f"Parameter '{name}' was empty.")
    return given


def _malformed(name: str) -> Refusal:
    return Refusal(
        400,
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )


def _microseconds(text: str | None) -> int | None:
    """Return a time in µs, whichever of ms and µs it was sent in."""
    if text is None:
        return None
    return int(text) if int(text) >= MICROSECONDS_FROM else int(text) * 1000


def _shift(zone: str) -> int:
    """Return how far east `5`, `-1:00` or `05:45` is, in ms."""
    hours, _, minutes = zone.lstrip("+-").partition(":")
    shift = int(hours) * HOUR + int(minutes or 0) * MINUTE
    shift = -shift if zone.startswith("-") else shift
    if shift not in ZONES:
        raise _malformed("timeZone")
    return shift
