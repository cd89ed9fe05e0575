"""A plant's wind turbines: each serves its readings at an address of its own."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response

from sandbox.clock import Clock, instant, iso

from .readings import Form, Reading, Turbine
from .turbines import Turbines


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
        """Return the rows stamped in `[start_timestamp, end_timestamp)`.

        Naive ones that are asked are UTC, those of a row the turbine's clock's. Without
        columns a row comes whole and wrapped; with some, those that are known.
        """
        found = self._find(turbine)
        known = ("id", "timestamp", *found.columns)
        wanted = [column for column in columns or known if column in known]
        if not wanted:
            raise HTTPException(400, "Invalid column names")
        form, now = found.form, self.clock.now()
        rows = (
            _row(reading, wanted, form)
            for reading in found.readings(
                _milliseconds(start_timestamp) - form.delay,
                _milliseconds(end_timestamp) - form.delay,
                now,
            )
            if form.has(reading, now)
        )
        return _answer(rows if columns else ({"Data": row} for row in rows))

    async def one(self, turbine: str, reading_id: int) -> Response:
        """Return the row of an id, whole."""
        found = self._find(turbine)
        reading = found.reading(reading_id, self.clock.now())
        if reading is None:
            raise HTTPException(404, "Data not found")
        return _answer(_row(reading, ("id", "timestamp", *found.columns), found.form))

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
        """Return the rows from `from_ms` to `to_ms`, both inclusive, stamped in UTC."""
        turbine = self.turbines.all()[query["turbine"]]
        now = self.clock.now()
        first, last = turbine.span(now)
        start = instant(query.get("from_ms", first))
        end = instant(query.get("to_ms", last)) + 1
        columns = ("timestamp", *turbine.columns)
        rows = turbine.readings(start, end, now)
        form = Form()
        return _answer(_row(reading, columns, form) for reading in rows)

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the body that the plant sends with an error status."""
        return {"detail": f"HTTP {status}"}

    def _find(self, name: str) -> Turbine:
        found = self.turbines.all().get(name)
        if found is None:
            raise HTTPException(404, "Not Found")
        return found


def _row(reading: Reading, columns: Sequence[str], form: Form) -> dict[str, Any]:
    """Return a row, which always has its timestamp: naive."""
    stamp = form.stamped(reading.at)
    whole = {"id": reading.id, "timestamp": stamp, **reading.values}
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
