"""How much of an API may be used in a minute, a day and a month."""

from collections import Counter

from .clock import DAY, MINUTE

LENGTHS = {"minute": MINUTE, "day": DAY, "month": 30 * DAY}


class Quota:
    """What was used, and the limits, if there are any."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was used, and all limits."""
        self.limits: dict[str, int] = {}
        self.used: Counter[tuple[str, int]] = Counter()

    def configure(self, limits: dict[str, int]) -> None:
        """Set limits by window; raise KeyError for a window that is none."""
        for window, limit in limits.items():
            self.limits[window] = int(limit) if LENGTHS[window] else 0

    def made(self, window: str, now: int) -> int:
        """Return how much of a window was used."""
        return self.used[window, now // LENGTHS[window]]

    def spend(self, now: int, **costs: int) -> str | None:
        """Use so much of each window, or return the first that has too little left."""
        for window, cost in costs.items():
            limit = self.limits.get(window)
            if limit is not None and self.made(window, now) + cost > limit:
                return window
        for window, cost in costs.items():
            self.used[window, now // LENGTHS[window]] += cost
        return None
