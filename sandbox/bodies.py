"""Recorded answers of a folder, one file a time, each sent as it came."""

from datetime import UTC, datetime
from pathlib import Path

from .clock import iso


class Bodies:
    """The answers in a folder by their times; there may be none."""

    def __init__(self, folder: Path) -> None:
        self.texts = {
            _time(path.stem): path.read_text() for path in sorted(folder.glob("*.json"))
        }

    def __bool__(self) -> bool:
        return bool(self.texts)

    def newest(self, now: int) -> str | None:
        """Return the newest answer at or before a time, untouched."""
        return self.texts.get(max(self._known(now), default=-1))

    def span(self, now: int) -> tuple[str | None, str | None]:
        """Return the first and the last time that there is an answer of."""
        known = self._known(now)
        return (iso(known[0]), iso(known[-1])) if known else (None, None)

    def _known(self, now: int) -> list[int]:
        return [at for at in self.texts if at <= now]


def _time(stem: str) -> int:
    moment = datetime.strptime(stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
