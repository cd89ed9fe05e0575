"""What a turbine's time stamps mean: their zone, and which end of a period they name.

Staging takes them the same way, from the request of each page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import warehouse
from ingestion.http import RefusedError
from ingestion.window import Window

MINUTE_SECONDS = 60
DAY_SECONDS = 86_400
SETTINGS = {
    "ZONES": '{"T01": "Europe/Vienna"}',
    "SAMPLING_SECONDS": '{"T01": 60}',
    "STAMPS": '{"T01": "start"}',
}
"""The settings that have a value a turbine, as they are written."""


def by_turbine(*texts: str | None) -> list[dict[str, object]]:
    """Return what each of the settings says, by turbine; they come in their order."""
    return [
        _object(f"SOURCES__PLANT__{name}", text, example)
        for (name, example), text in zip(SETTINGS.items(), texts, strict=True)
    ]


def _object(name: str, text: str | None, example: str) -> dict[str, object]:
    try:
        said = json.loads(text or "{}")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise warehouse.WarehouseError(
            f"{name} can't be read: write it like {example}."
        )
    return said


@dataclass(frozen=True)
class Stamps:
    """How a turbine stamps its readings; without settings in UTC, when they begin."""

    zone: str | None = None
    sampling_seconds: int | None = None
    are_ends: bool = False

    @classmethod
    def of(
        cls,
        turbine: str,
        zones: Mapping[str, object],
        sampling_seconds: Mapping[str, object],
        stamps: Mapping[str, object],
    ) -> "Stamps":
        """Return a turbine's by the settings; raise RefusedError for odd ones."""
        zone, seconds = zones.get(turbine), sampling_seconds.get(turbine)
        stamp = stamps.get(turbine, "start")
        if zone is not None and not _is_zone(zone):
            raise _odd("ZONES", zone, "a zone is written like Europe/Vienna")
        if seconds is not None and not _is_interval(seconds):
            raise _odd("SAMPLING_SECONDS", seconds, "so many seconds must divide a day")
        if stamp not in ("start", "end"):
            raise _odd("STAMPS", stamp, "a stamp names the start or the end")
        are_ends = stamp == "end"
        return cls(zone, seconds or (MINUTE_SECONDS if are_ends else None), are_ends)

    @property
    def request(self) -> dict[str, object]:
        """What a page's request says of them: nothing where nothing is set."""
        said = {"zone": self.zone, "sampling_seconds": self.sampling_seconds}
        if self.are_ends:
            said["stamp"] = "end"
        return {name: value for name, value in said.items() if value is not None}

    @property
    def delay(self) -> timedelta:
        """How long after its period began a reading is stamped."""
        return timedelta(seconds=self.sampling_seconds or 0) * self.are_ends

    def times(self, texts: Sequence[object], asked: Window) -> list[datetime | None]:
        """Return when what an answer stamps with these texts began, None if nobody can.

        Of an hour that comes twice the order of the answer decides, and what was asked.
        """
        times = [_parsed(text) for text in texts]
        if self.zone:
            zone = ZoneInfo(self.zone)
            clocked = [
                (time, *_instants(time, zone)) if time else None for time in times
            ]
            passes = _passes(clocked)
            times = [
                self._instant(*each, is_second, asked) if each else None
                for each, is_second in zip(clocked, passes, strict=True)
            ]
        else:
            times = [time and _utc(time) for time in times]
        return [time and time - self.delay for time in times]

    def _instant(
        self,
        time: datetime,
        early: datetime | None,
        late: datetime | None,
        is_second: bool | None,
        asked: Window,
    ) -> datetime | None:
        if early is None or late is None or early == late:
            return early or late
        are_asked = [
            asked.start <= instant - self.delay < asked.end for instant in (early, late)
        ]
        if sum(are_asked) == 1:
            return early if are_asked[0] else late
        return {False: early, True: late}.get(is_second)


Clocked = tuple[datetime, datetime | None, datetime | None]


def _passes(clocked: Sequence[Clocked | None]) -> list[bool | None]:
    """Say of each row whether it is of an hour's second time, where the order says so.

    It does where the answer leads on in one direction and turns back once: within an
    hour that comes twice, and by half of it at least. Where nothing turns back, two
    rows of one time are such a turn.
    """
    naive = [
        (place, each)
        for place, each in enumerate(clocked)
        if each and each[0].tzinfo is None
    ]
    steps = [
        (later[0] - earlier[0], _is_inside(earlier, later))
        for (_, earlier), (_, later) in zip(naive, naive[1:], strict=False)
    ]
    nothing = timedelta()
    forward = sum(step > nothing for step, _ in steps)
    back = sum(step < nothing for step, _ in steps)
    direction = (forward > back) - (forward < back)
    turns = [
        place for place, (step, _) in enumerate(steps) if step * direction < nothing
    ]
    if not turns:
        turns = [place for place, (step, _) in enumerate(steps) if step == nothing]
    passes: list[bool | None] = [None] * len(clocked)
    if direction and len(turns) == 1 and steps[turns[0]][1]:
        for count, (place, _) in enumerate(naive):
            passes[place] = (count > turns[0]) == (direction > 0)
    return passes


def _is_inside(earlier: Clocked, later: Clocked) -> bool:
    """Whether both are of an hour that comes twice, and far enough apart for a turn."""
    turned_by = [
        late - early if early and late else timedelta()
        for _, early, late in (earlier, later)
    ]
    step = abs(later[0] - earlier[0])
    return all(turned_by) and (not step or step * 2 >= turned_by[1])


def _instants(
    time: datetime, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """Return the instants of a local time by the offsets before and after a change."""
    if time.tzinfo:
        return _utc(time), _utc(time)
    instants = [time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    early, late = (
        instant if instant.astimezone(zone).replace(tzinfo=None) == time else None
        for instant in instants
    )
    return early, late


def _parsed(text: object) -> datetime | None:
    """Return the time as written, naive or not, if it is one in any zone, too."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if MINYEAR < time.year < MAXYEAR else None


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _is_zone(name: object) -> bool:
    """Whether it names a place's zone, which Python and Postgres take for the same."""
    if name == "UTC":
        return True
    try:
        return isinstance(name, str) and "/" in name and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _is_interval(seconds: object) -> bool:
    is_count = isinstance(seconds, int) and not isinstance(seconds, bool)
    return is_count and 0 < seconds <= DAY_SECONDS and DAY_SECONDS % seconds == 0


def _odd(setting: str, value: object, rule: str) -> RefusedError:
    return RefusedError(
        f"not asked: SOURCES__PLANT__{setting} says {value!r}, but {rule}"
    )
