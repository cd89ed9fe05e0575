"""A plant's wind turbines: each serves its readings at an address of its own."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response

from .clock import Clock, instant, iso
from .plant_readings import Reading, Turbine
from .plant_turbines import Turbines


class Plant:
    """The stand-in: `/<turbine>/data` and `/<turbine>/data/<id>`."""

    def __init__(self, clock: Clock, turbines: Turbines) -> None:
        self.clock = clock
        self.turbines = turbines
        self.router = APIRouter()
        self.router.add_api_route("/{turbine}/data", self.data)
        self.router.add_api_route("/{turbine}/data/{reading_id}", self.one)

    async def data(
        self,
        turbine: str,
        start_timestamp: datetime,
        end_timestamp: datetime,
        columns: Annotated[Sequence[str] | None, Query()] = None,
    ) -> Response:
        """Return the rows of `[start_timestamp, end_timestamp)`; naive times are UTC.

        Without columns each comes whole and wrapped; with some, those that are known.
        """
        found = self._find(turbine)
        known = ("id", "timestamp", *found.columns)
        wanted = [column for column in columns or known if column in known]
        if not wanted:
            raise HTTPException(400, "Invalid column names")
        rows = (
            _row(reading, wanted)
            for reading in found.readings(
                _milliseconds(start_timestamp),
                _milliseconds(end_timestamp),
                self.clock.now(),
            )
        )
        return _answer(rows if columns else ({"Data": row} for row in rows))

    async def one(self, turbine: str, reading_id: int) -> Response:
        """Return the row of an id, whole."""
        found = self._find(turbine)
        reading = found.reading(reading_id, self.clock.now())
        if reading is None:
            raise HTTPException(404, "Data not found")
        return _answer(_row(reading, ("id", "timestamp", *found.columns)))

    def configure(self, key: str, value: object) -> None:
        """Obey `turbines` (ids of generated ones), or an order to one of them."""
        if key == "turbines":
            self.turbines.generate(value)
        else:
            self.turbines.order(key, value)

    def reset(self) -> None:
        """Forget all orders."""
        self.turbines.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return key, origin, first and last reading of each turbine."""
        entries = []
        for key, turbine in sorted(self.turbines.all().items()):
            first, last = turbine.span(self.clock.now())
            entry = {"key": key, "interval": "1m", "origin": turbine.origin}
            entry["first"] = iso(first) if first <= last else None
            entry["last"] = iso(last) if first <= last else None
            entries.append(entry)
        return entries

    def truth(self, query: dict[str, str]) -> Response:
        """Return the rows of `turbine` from `from_ms` to `to_ms`, both inclusive."""
        turbine = self.turbines.all()[query["turbine"]]
        now = self.clock.now()
        first, last = turbine.span(now)
        start = instant(query.get("from_ms", first))
        end = instant(query.get("to_ms", last)) + 1
        columns = ("timestamp", *turbine.columns)
        rows = turbine.readings(start, end, now)
        return _answer(_row(reading, columns) for reading in rows)

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the body that the plant sends with an error status."""
        return {"detail": f"HTTP {status}"}

    def _find(self, name: str) -> Turbine:
        found = self.turbines.all().get(name)
        if found is None:
            raise HTTPException(404, "Not Found")
        return found


def _row(reading: Reading, columns: Sequence[str]) -> dict[str, Any]:
    """Return a row, which always has its timestamp: naive, but UTC."""
    moment = datetime.fromtimestamp(reading.at / 1000, UTC).replace(tzinfo=None)
    whole = {"id": reading.id, "timestamp": moment.isoformat(), **reading.values}
    return {
        name: value
        for name, value in whole.items()
        if name in columns or name == "timestamp"
    }


def _answer(body: dict[str, Any] | Iterable[dict[str, Any]]) -> Response:
    """Return JSON, with NaN as the bare word that Python's json writes."""
    content = body if isinstance(body, dict) else list(body)
    text = json.dumps(content, separators=(",", ":"))
    return Response(text, media_type="application/json")


def _milliseconds(time: datetime) -> int:
    return instant(time.isoformat())
