"""Binance's request weight: used up, refused, and banned for asking on."""

import time

from .parameters import Refusal

LONGEST_BAN = 3 * 86_400


class Limits:
    """The weight that one address has used; by the real time, as Retry-After is.

    `weight` in every `seconds`, 429 beyond it; after `refusals` of these a ban of
    `ban` seconds, and each request during a ban doubles it.
    """

    DEFAULTS = {"weight": 6000, "seconds": 60, "refusals": 5, "ban": 120}

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the weight, the ban and all settings."""
        self.settings = dict(self.DEFAULTS)
        self._restart()

    def configure(self, settings: dict[str, float]) -> None:
        """Change some settings and start anew; ValueError for unknown ones."""
        if unknown := settings.keys() - self.settings.keys():
            raise ValueError(f"unknown limits: {', '.join(sorted(unknown))}")
        self.settings |= settings
        self._restart()

    def spend(self, weight: int) -> None:
        """Use weight; Refusal 429 when there is none left, 418 while banned."""
        now = time.time()
        window = now // self.settings["seconds"]
        if window != self.window:
            self.window, self.used, self.refused = window, 0, 0
        if now < self.banned_until:
            self._ban(now)
        self.used += weight
        if self.used <= self.settings["weight"]:
            return
        self.refused += 1
        if self.refused > self.settings["refusals"]:
            self._ban(now)
        raise Refusal(
            429,
            -1003,
            "Too much request weight used; current limit is "
            f"{self.settings['weight']} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API.",
            self._retry_after((window + 1) * self.settings["seconds"] - now),
        )

    def headers(self) -> dict[str, str]:
        """Return the headers that every answer carries."""
        used = str(self.used)
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

    def _restart(self) -> None:
        self.window = self.used = self.refused = self.banned_until = 0
        self.ban = self.settings["ban"]

    def _ban(self, now: float) -> None:
        self.banned_until = now + self.ban
        headers = self._retry_after(self.ban)
        self.ban = min(2 * self.ban, LONGEST_BAN)
        raise Refusal(
            418,
            -1003,
            "Way too much request weight used; IP banned until "
            f"{int(self.banned_until * 1000)}. "
            "Please use WebSocket Streams for live updates to avoid bans.",
            headers,
        )

    @staticmethod
    def _retry_after(seconds: float) -> dict[str, str]:
        return {"Retry-After": str(max(1, -int(-seconds // 1)))}
