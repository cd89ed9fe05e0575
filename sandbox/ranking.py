"""What the stand-ins of both rankings are alike in: key, limits, orders, series."""

from typing import Any

from fastapi import APIRouter

from .bodies import Bodies
from .clock import MINUTE, Clock, iso
from .coins import Worth
from .quota import Quota

KEY = "stand-in"


class Ranking:
    """One account's view of the coins of a minute; `measure` is what can be set."""

    measure: str

    def __init__(self, clock: Clock, worth: Worth, recorded: Bodies) -> None:
        self.clock = clock
        self.worth = worth
        self.recorded = recorded
        self.quota = Quota()
        self.router = APIRouter()
        self.reset()

    def reset(self) -> None:
        """Go back to the first key, all coins, their own numbers, and no limits."""
        self.key = KEY
        self.slips: int | None = None
        self.removed: set[int] = set()
        self.numbers: dict[int, Any] = {}
        self.shortages: list[dict[str, Any]] = []
        self.totals: dict[int, int | None] = {}
        self.quota.reset()

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey an order.

        `key`, `limits`, `slips`, `remove` (ids), the measure (id, value), `short` (the
        page that starts `at` a place lacks `by` coins, so many `times` or always) and
        `totals` (what the page at a place says of how many coins there are).
        """
        if key == "key":
            self.key = str(value)
        elif key == "limits":
            self.quota.configure(value)
        elif self.recorded:
            raise ValueError("a recording stays as it is")
        elif key == "slips":
            self.slips = None if value is None else int(value)
        elif key == "remove":
            self.removed = set(value)
        elif key == "short":
            self.shortages.append({"times": None, **value})
        elif key == "totals":
            self.totals = {int(first): total for first, total in value.items()}
        elif key == self.measure:
            self.numbers[int(value["id"])] = value["value"]
        else:
            raise KeyError(key)

    def page_sent(self, first: int, page: list, total: int) -> tuple[list, int | None]:
        """Return what is sent of the page that starts at a place, and of the total."""
        for shortage in self.shortages:
            if shortage["at"] == first and shortage["times"] != 0:
                shortage["times"] = shortage["times"] and shortage["times"] - 1
                page = page[: max(len(page) - shortage["by"], 0)]
        return page, self.totals.get(first, total)

    def series(self) -> list[dict[str, Any]]:
        """Return the one series: its origin, first and last time."""
        now = self.clock.now()
        first, last = (iso(now - now % MINUTE),) * 2
        if self.recorded:
            first, last = self.recorded.span(now)
        origin = "recorded" if self.recorded else "generated"
        entry = {"key": "USD", "interval": "1m", "origin": origin}
        return [entry | {"first": first, "last": last}]
