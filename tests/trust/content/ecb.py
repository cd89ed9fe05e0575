"""What may be wrong with a line of the ECB's; the rates by plain Decimal."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from tests.support.rates import ecb_file, fixed_at
from tests.support.tables import Tables
from tests.trust.content.rates import FIRST, FRACTION, NO_NUMBER, ONE_DAY, built
from tests.trust.content.story import CAME, FAULTS, Answer, Rows, System, Wrong


class Ecb(System):
    """Three days of two currencies a story; an item is a day and its texts by code."""

    name, table = "ecb", "ecb__rates"
    others = 2

    def good(self, place: int, revision: int = 0) -> list[tuple[date, dict[str, str]]]:
        """Return three lines."""
        return [
            (
                FIRST + (place * 3 + each) * ONE_DAY,
                {"USD": f"1.{place}{each}{revision}5", "JPY": f"16{each}.{revision}"},
            )
            for each in range(3)
        ]

    def page(self, place: int, first: int, items: Sequence, at: datetime) -> Answer:
        """Return a file, with a third currency where that is the fault."""
        more = place == FAULTS.index("unknown field")
        lines = [
            item if isinstance(item, str) else _line(item) + ",N/A" * more
            for item in items
        ]
        header = f"Date,USD,JPY{',QQQ' * more}"
        return ecb_file("".join(f"{line},\n" for line in [header, *lines]), at)

    def rows(self, place: int, items: Sequence, at: datetime) -> Rows:
        """Return the rates, the last of a day counting."""
        return {
            ("ecb", code, day): (Decimal(text), fixed_at(day))
            for day, texts in filter(None, items)
            for code, text in texts.items()
        }

    def wrong(self, fault: str, place: int) -> Wrong | str:
        """Return what a fault does to a line, or to its dollars."""
        day, texts = good = self.good(place)[1]
        others = (day, {"JPY": texts["JPY"]})

        def dollars(text: str, reason: str = NO_NUMBER) -> Wrong:
            return Wrong(_line((day, {**texts, "USD": text})), others, reason)

        def dated(text: str) -> Wrong:
            return Wrong(_line((text, texts)), reason="no date", is_kept=True)

        if fault == "in the future":
            at = fixed_at(day)
            return Wrong(
                _line((day + ONE_DAY, {**texts, "JPY": "N/A"})),
                reason=fault,
                index=2,
                at=at,
            )
        return {
            "unknown field": Wrong(
                f"{_line(good)},1.5", good, "an unknown currency", is_kept=True
            ),
            "missing field": Wrong(
                f"{day},1.5",
                reason="not as many fields as the heading has",
                is_kept=True,
            ),
            "null field": dollars(""),
            "number as string": dollars('"1.5"'),
            "string as number": dated(f"{day:%Y%m%d}"),
            "1e-7": dollars("1e-7"),
            "100 digits": Wrong(
                _line((day, {**texts, "USD": FRACTION})),
                (day, {**texts, "USD": FRACTION}),
            ),
            "NaN": dollars("NaN"),
            "Infinity": dollars("Infinity"),
            "NUL escape": dollars(r"\u0000"),
            "lone surrogate": dollars(r"\ud800"),
            "emoji": dollars("\U0001f4b6"),
            "negative": dollars("-1.5", "a rate of zero or less"),
            "senseless": dated(f"{day.year}-02-30"),
            "microseconds": dated(f"{CAME.timestamp() * 10**6:.0f}"),
        }[fault]

    def built(self, tables: Tables) -> Rows:
        """Return the ECB's rates."""
        return built(tables, "ecb")


def _line(item: tuple[object, dict[str, str]]) -> str:
    return ",".join([str(item[0]), *item[1].values()])
