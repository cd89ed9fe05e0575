"""What may be wrong with a rate of XE's; the rates by plain Decimal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from tests.support.rates import xe_text
from tests.support.tables import Tables
from tests.trust.content.rates import FIRST, FRACTION, NO_NUMBER, ONE_DAY, built
from tests.trust.content.story import (
    DIGITS,
    FAULTS,
    Answer,
    Rows,
    System,
    Wrong,
    listed,
)

BEYOND = "rate out of range: at least 1e-15 and below 1e15"


class Xe(System):
    """Three currencies of a day a story; an item is code, rate as text, and time.

    Where a fault is in an item's time it is the answer of a period, which has them.
    """

    name, table = "xe", "xe__rates"

    def good(self, place: int, revision: int = 0) -> list[tuple[str, str, str]]:
        """Return three rates."""
        day = FIRST + place * ONE_DAY
        return [
            (code, f"{number + place}.{revision}125", f"{day}T{hour:02}:00:00Z")
            for code, number, hour in (
                ("NGN", 1600, 10),
                ("GHS", 12, 12),
                ("KES", 5, 9),
            )
        ]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return an answer of a moment, or of a period."""
        if _is_period(place):
            return xe_text(_period(items), at)
        said = f'{{"from":"USD","amount":1,"timestamp":"{_noon(place)}","to":'
        return xe_text(f"{said}{listed(items, _rate)}}}", at)

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the rates, the last of a currency counting."""
        found = {}
        for code, mid, text in filter(None, items):
            time = datetime.fromisoformat(text if _is_period(place) else _noon(place))
            found["xe", code, time.date()] = (Decimal(mid), time)
        return found

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a rate."""
        code, mid, time = good = self.good(place)[1]

        def mid_of(text: str, *, reason: str | None = NO_NUMBER) -> Wrong:
            taken = None if reason else (code, text, time)
            return Wrong(_rate((code, text)), taken, reason)

        def noted(text: str) -> Wrong:
            return Wrong(_rate((code, mid))[:-1] + f',"note":{text}}}', good)

        if fault == "in the future":
            day = FIRST + place * ONE_DAY
            at = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
            return Wrong((code, _timed(mid, f'"{time}"')), reason=fault, at=at)
        return {
            "unknown field": noted('{"a":[1]}'),
            "missing field": Wrong(f'{{"quotecurrency":"{code}"}}', reason=NO_NUMBER),
            "null field": mid_of("null"),
            "number as string": mid_of(f'"{mid}"'),
            "string as number": Wrong(
                f'{{"quotecurrency":566,"mid":{mid}}}',
                reason="no code of a currency",
                is_kept=True,
            ),
            "1e-7": mid_of("1e-7", reason=None),
            "100 digits": mid_of(FRACTION, reason=None),
            "NaN": mid_of("NaN"),
            "Infinity": mid_of("Infinity"),
            "NUL escape": noted(r'"a\u0000"'),
            "lone surrogate": noted(r'"a\ud800"'),
            "emoji": noted('"\U0001fa99"'),
            "negative": mid_of("-1.5", reason="a rate of zero or less"),
            "senseless": mid_of(DIGITS, reason=BEYOND),
            "microseconds": Wrong(
                (code, _timed(mid, "1700000000000000")), reason="no time", is_kept=True
            ),
        }[fault]

    def built(self, tables: Tables) -> Rows:
        """Return XE's rates."""
        return built(tables, "xe")


def _is_period(place: int) -> bool:
    return place in map(FAULTS.index, ("in the future", "microseconds"))


def _noon(place: int) -> str:
    return f"{FIRST + place * ONE_DAY}T12:00:00Z"


def _rate(item: Sequence[str]) -> str:
    return f'{{"quotecurrency":"{item[0]}","mid":{item[1]}}}'


def _timed(mid: str, time: str) -> str:
    return f'{{"mid":{mid},"timestamp":{time}}}'


def _period(items: Sequence) -> str:
    entries = [
        (item[0], item[1] if len(item) == 2 else _timed(item[1], f'"{item[2]}"'))
        for item in items
    ]
    series = ",".join(f'"{code}":[{text}]' for code, text in entries)
    return f'{{"from":"USD","amount":1,"to":{{{series}}}}}'
