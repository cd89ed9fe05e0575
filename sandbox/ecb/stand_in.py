"""The European Central Bank's reference rates: two zips, each with one CSV."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from fastapi import APIRouter, Response

from sandbox.clock import Clock, iso

from .days import PUBLISHED_AT, Generated, Recorded, milliseconds

REFUSED = "<html><head><title>{0}</title></head><body>{0}</body></html>"


class Ecb:
    """The stand-in: the newest day and the whole history, as the clock has them."""

    def __init__(self, clock: Clock, days: Generated | Recorded) -> None:
        self.clock = clock
        self.days = days
        self.router = APIRouter()
        self.router.add_api_route("/eurofxref.zip", self.newest)
        self.router.add_api_route("/eurofxref-hist.zip", self.history)

    async def newest(self) -> Response:
        """Return the newest day, written for people: spaces, and the month's name."""
        heading, *days = self._published()
        lines = [", ".join(line) + ", " for line in [heading, *map(_spelt, days[:1])]]
        return _zipped("eurofxref.csv", lines)

    async def history(self) -> Response:
        """Return every day, newest first."""
        return _zipped("eurofxref-hist.csv", self._lines())

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `rate` (currency, day, rate as text) or `leave_out` (codes)."""
        if isinstance(self.days, Recorded):
            raise ValueError("recorded rates stay as they are")
        if key == "rate":
            self.days.changed[value["day"], value["currency"]] = str(value["rate"])
        elif key == "leave_out":
            self.days.left_out = set(value)
        else:
            raise KeyError(key)

    def reset(self) -> None:
        """Forget changed and left out rates."""
        self.days.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return the one series, of the euro: its origin, first and last day."""
        _, *days = self._published()
        bounds = [iso(milliseconds(days[at][0])) if days else None for at in (-1, 0)]
        return [
            {
                "key": "EUR",
                "interval": "1d",
                "origin": self.days.origin,
                "first": bounds[0],
                "last": bounds[1],
            }
        ]

    def truth(self, query: dict[str, str]) -> Response:
        """Return the whole history as CSV."""
        return Response("\n".join(self._lines()), media_type="text/csv")

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the page that the bank sends with an error status."""
        return REFUSED.format(status)

    def _published(self) -> list[list[str]]:
        """Return the heading and the days that are out, newest first."""
        return self.days.until(self.clock.now() - PUBLISHED_AT)

    def _lines(self) -> list[str]:
        return [",".join(line) + "," for line in self._published()]


def find(folder: Path, seed: int) -> Generated | Recorded:
    """Return the recorded history of a folder, or else a generated one."""
    files = list(folder.glob("eurofxref-hist.csv*"))
    return Recorded(files[0]) if files else Generated(seed)


def _spelt(day: list[str]) -> list[str]:
    at, *rates = day
    year, month, number = at.split("-")
    names = "JanFebMarAprMayJunJulAugSepOctNovDec"
    name = names[3 * int(month) - 3 : 3 * int(month)]
    return [f"{int(number):02} {name} {year}", *rates]


def _zipped(name: str, lines: list[str]) -> Response:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo(name), "\n".join(lines) + "\n", ZIP_DEFLATED)
    return Response(content.getvalue(), media_type="application/zip")
