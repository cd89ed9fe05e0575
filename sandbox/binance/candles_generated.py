"""Generated series: minutes from a hash, with gaps and revisions made on purpose."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

from sandbox.clock import DAY, MINUTE

from .candles import Numbers, rolled
from .generated_minutes import Market, minutes, so_far
from .generated_rows import rows


class Generated:
    """The candles of a symbol that nobody recorded, from `listed_at` (ms) on."""

    origin = "generated"
    interval = "1m"

    def __init__(self, name: str, market: Market, listed_at: int) -> None:
        self.name = name
        self.market = market
        self.listed_at = listed_at // MINUTE * MINUTE
        self.gaps: list[tuple[int, int, bool]] = []
        self.revisions: dict[int, Numbers] = {}
        self._candles = lru_cache(maxsize=8)(self._candles_of)
        self._texts = lru_cache(maxsize=400)(self._texts_of)
        self._day = lru_cache(maxsize=8192)(lambda day: rolled(self._candles(day)[1]))

    def leave_out(self, start: int, end: int, absent: bool = True) -> None:
        """Take the minutes that open in [start, end] away, or give them back."""
        self.gaps.append((start, end, absent))
        self._forget()

    def revise(self, opened_at: int, numbers: Numbers) -> None:
        """Change the numbers of a minute."""
        self.revisions[opened_at] = numbers
        self._forget()

    def minute(self, opened_at: int) -> Numbers | None:
        """Return the numbers of a minute once it has closed, or None in a gap."""
        times, candles = self._candles(opened_at // DAY)
        place = bisect_left(times, opened_at)
        if place < len(times) and times[place] == opened_at:
            return candles[place]
        return None

    def span(self, now: int) -> tuple[int, int]:
        """Return the first minute and the one that is open at `now`."""
        return self.listed_at, now // MINUTE * MINUTE

    def rows(
        self, start: int, end: int, now: int, limit: int, newest: bool
    ) -> list[str]:
        """Return minutes as JSON texts, ascending; the open one as it is at `now`."""
        forming = self._forming(start, end, now)
        tail = [self.text(now // MINUTE * MINUTE, numbers) for numbers in forming]
        end = min(end, now - MINUTE)
        days = range(start // DAY, end // DAY + 1)
        found: list[str] = []
        for day in reversed(days) if newest else days:
            if len(found) >= limit:
                break
            times, texts = self._texts(day)
            place = 0 if newest else len(found)
            found[place:place] = texts[
                bisect_left(times, start) : bisect_right(times, end)
            ]
        found += tail
        return found[-limit:] if newest else found[:limit]

    def whole(self, start: int, end: int, now: int) -> Numbers | None:
        """Return all minutes that open in [start, end) as one candle, as at `now`."""
        forming = self._forming(start, end - 1, now)
        end = min(end, now // MINUTE * MINUTE)
        parts: list[Numbers | None] = []
        for day in range(max(start, self.listed_at) // DAY, -(-end // DAY)):
            if start <= day * DAY and (day + 1) * DAY <= end:
                parts.append(self._day(day))
                continue
            times, candles = self._candles(day)
            parts += candles[bisect_left(times, start) : bisect_left(times, end)]
        return rolled([part for part in parts + forming if part])

    def text(
        self, opened_at: int, numbers: Numbers, closed_at: int | None = None
    ) -> str:
        """Return a candle as JSON text; a minute if `closed_at` is not given."""
        closed_at = opened_at + MINUTE - 1 if closed_at is None else closed_at
        return rows([opened_at], [closed_at], [numbers], self.market.decimals)[0]

    def _forming(self, start: int, end: int, now: int) -> list[Numbers]:
        opened_at = now // MINUTE * MINUTE
        numbers = self.minute(opened_at) if start <= opened_at <= end else None
        return [so_far(numbers, now - opened_at)] if numbers else []

    def _candles_of(self, day: int) -> tuple[Sequence[int], Sequence[Numbers]]:
        times = range(day * DAY, (day + 1) * DAY, MINUTE)
        candles = minutes(self.name, self.market, day)
        edited = any(
            from_ <= times[-1] and times[0] <= to for from_, to, _ in self.gaps
        )
        if not edited and self.listed_at <= times[0] and not self.revisions:
            return times, candles
        kept = [
            (at, self.revisions.get(at, numbers))
            for at, numbers in zip(times, candles, strict=True)
            if at >= self.listed_at and not self._absent(at)
        ]
        return [at for at, _ in kept], [numbers for _, numbers in kept]

    def _absent(self, at: int) -> bool:
        """Return whether the newest order that names a minute takes it away."""
        for start, end, absent in reversed(self.gaps):
            if start <= at <= end:
                return absent
        return False

    def _texts_of(self, day: int) -> tuple[Sequence[int], list[str]]:
        times, candles = self._candles_of(day)
        closed = [at + MINUTE - 1 for at in times]
        return times, rows(times, closed, candles, self.market.decimals)

    def _forget(self) -> None:
        for cached in (self._candles, self._texts, self._day):
            cached.cache_clear()
