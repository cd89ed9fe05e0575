"""What may be wrong with a reading; windows of ten minutes come from `windows`."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tests.support.readings import MINUTE, START, row, rows
from tests.support.readings import page as page_of
from tests.support.tables import Tables
from tests.support.windows import (
    assert_windows,
    built_windows,
    samples,
    windows,
)
from tests.trust.content.story import DIGITS, Answer, Rows, System, Wrong, listed, spelt

TURBINE = "T01"
NO_TIME = "no readable timestamp"


class Plant(System):
    """Ten minutes a story, which are one window of each of two signals."""

    name, table = "plant", "plant__readings"

    def good(self, place: int, revision: int = 0) -> list[dict]:
        """Return ten rows of two signals."""
        made = rows(10, START + place * 10 * MINUTE, revision=revision)
        return [{**each, "power": 2.5 * at} for at, each in enumerate(made)]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return a list of rows."""
        asked = START + place * 10 * MINUTE
        part = (asked + first * MINUTE, asked + min(first + len(items), 10) * MINUTE)
        made = page_of(listed(items, json.dumps), TURBINE, at, asked)
        return replace(made, part=part).request, made.payload, at

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the windows of the rows, the last of a minute counting."""
        return windows(samples(TURBINE, [item for item in items if item]))

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a row."""
        good = self.good(place)[1]
        time = START + (place * 10 + 1) * MINUTE

        def speed(text: str, value: float | None = None, reason: str | None = None):
            taken = {**good, "wind_speed": value}
            # a row of which a signal is rejected keeps the others
            if reason:
                taken = {name: good[name] for name in ("timestamp", "power")}
            return Wrong(spelt(good, "wind_speed", text), taken, reason)

        def timed(text: str, reason: str = NO_TIME) -> Wrong:
            return Wrong(spelt(good, "timestamp", text), reason=reason, is_kept=True)

        if fault == "in the future":
            last = self.good(place)[9]
            return Wrong(
                json.dumps({name: last[name] for name in ("timestamp", "wind_speed")}),
                reason="in the future",
                index=9,
                at=time + 7.5 * MINUTE,
            )
        if fault in ("unknown field", "emoji"):
            signal = {"unknown field": "pitch", "emoji": "wind \U0001f32c"}[fault]
            extra = row(time, **{signal: 0.5})
            text = json.dumps({**good, **extra}, ensure_ascii=False)
            return Wrong(text, {**good, **extra}, leaves=(extra,))
        return {
            "missing field": Wrong(
                json.dumps({"wind_speed": 1}), reason=NO_TIME, is_kept=True
            ),
            "null field": speed("null"),
            "number as string": speed('"7.25"', 7.25),
            "string as number": timed(str(int(time.timestamp()))),
            "1e-7": speed("1e-7", 1e-7),
            "100 digits": speed(DIGITS, float(DIGITS)),
            "NaN": speed("NaN"),
            "Infinity": speed("-Infinity", reason="infinite"),
            "NUL escape": speed(r'"7\u0000"', reason="not a number"),
            "lone surrogate": speed(r'"\ud8007"', reason="not a number"),
            # at a standstill a turbine takes power
            "negative": speed("-3.5", -3.5),
            "senseless": Wrong(
                json.dumps(row(time)), reason="no signal in it", is_kept=True
            ),
            "microseconds": timed(f'"{int(time.timestamp())}000000"'),
        }[fault]

    def built(self, tables: Tables) -> Rows:
        """Return the windows."""
        return built_windows(tables)

    def assert_same(self, found: Rows, expected: Rows) -> None:
        """Compare windows, to 1e-9 of their numbers."""
        assert_windows(found, expected)
