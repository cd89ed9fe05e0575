"""Which series there are: recorded files first, generated symbols beside them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from sandbox.clock import MINUTE, instant, iso

from . import candles_recorded
from .candles import Numbers, Question, Series, answer
from .candles_generated import Generated
from .generated_minutes import MARKETS, OTHER_MARKET
from .generated_rows import numbers

LISTED_AT = "2017-08-17"


class Market:
    """All series by symbol; generated ones can be added, cut and revised.

    `known_as` says what Binance calls a symbol, whose trades are the same.
    """

    def __init__(
        self,
        folder: Path,
        symbols: list[str],
        seed: int = 0,
        known_as: Callable[[str], str] = str,
    ) -> None:
        self.recorded = candles_recorded.find(folder)
        self.symbols = symbols
        self.seed = seed
        self.known_as = known_as
        self.reset()

    def reset(self) -> None:
        """Go back to the symbols of the start, without gaps and revisions."""
        self.generated: dict[str, Generated] = {}
        for symbol in self.symbols:
            self._add(symbol, LISTED_AT)

    def all(self) -> dict[str, Series]:
        """Return every series; what is recorded hides what would be generated."""
        return self.generated | self.recorded

    def find(self, symbol: str) -> Series | None:
        """Return the series of a symbol, or None."""
        return self.recorded.get(symbol) or self.generated.get(symbol)

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `symbols`, `listed_at`, `gap`, `fill` or `revise`; KeyError if other."""
        orders = {
            "symbols": lambda: [self._add(symbol, LISTED_AT) for symbol in value],
            "listed_at": lambda: self._add(value["symbol"], value["at"]),
            "gap": lambda: self._leave_out(value, absent=True),
            "fill": lambda: self._leave_out(value, absent=False),
            "revise": lambda: self._revise(value),
        }
        orders[key]()

    def listing(self, now: int) -> list[dict[str, Any]]:
        """Return symbol, interval, origin, first and last opening of each series."""
        found = []
        for symbol, series in sorted(self.all().items()):
            first, last = series.span(now)
            entry = {"key": symbol, "interval": series.interval}
            entry["origin"] = series.origin
            entry["first"] = iso(first) if first <= last else None
            entry["last"] = iso(last) if first <= last else None
            found.append(entry)
        return found

    def truth(self, query: dict[str, str], now: int) -> list[str]:
        """Return the rows of `symbol` from `from_ms` to `to_ms`, however many."""
        series = self.find(query["symbol"])
        if series is None:
            raise ValueError(f"no series {query['symbol']}")
        start, end = series.span(now)
        asked = Question(
            symbol=query["symbol"],
            interval=query.get("interval", series.interval),
            start=instant(query.get("from_ms", start)),
            end=instant(query.get("to_ms", end)),
            limit=end,
        )
        return answer(series, asked, now)

    def _add(self, symbol: str, listed_at: str | int) -> None:
        known_as = self.known_as(symbol)
        self.generated[symbol] = Generated(
            f"{self.seed}/{known_as}",
            MARKETS.get(known_as, OTHER_MARKET),
            instant(listed_at),
        )

    def _editable(self, symbol: str) -> Generated:
        """Return a series that is made up: a recording stays as it is."""
        if symbol in self.recorded or symbol not in self.generated:
            raise ValueError(f"{symbol} is not a generated series")
        return self.generated[symbol]

    def _leave_out(self, value: dict[str, Any], absent: bool) -> None:
        bounds = instant(value["from_ms"]), instant(value["to_ms"])
        self._editable(value["symbol"]).leave_out(*bounds, absent)

    def _revise(self, value: dict[str, Any]) -> None:
        series = self._editable(value["symbol"])
        opened_at = instant(value["opened_at_ms"])
        before = series.minute(opened_at)
        if before is None or opened_at % MINUTE:
            raise ValueError(f"no minute opens at {opened_at}")
        if "row" in value:
            series.revise(opened_at, numbers(value["row"], series.market.decimals))
        else:
            series.revise(opened_at, _scaled(before, Fraction(str(value["factor"]))))


def _scaled(minute: Numbers, factor: Fraction) -> Numbers:
    """Return a minute of the same prices with `factor` times the trade."""
    *prices, volume, quotes, trades, taken, _ = minute
    mean = quotes // volume if volume else 0
    volume, trades, taken = (int(part * factor) for part in (volume, trades, taken))
    return (*prices, volume, volume * mean, trades, taken, taken * mean)
