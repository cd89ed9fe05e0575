"""BigQuery's REST API v2, as far as its Python client asks for query results."""

import json
from collections.abc import Callable
from itertools import count
from time import time_ns
from typing import Any

from fastapi import APIRouter, Request, Response

from sandbox.clock import Clock, instant, iso

from .columns import TIMESTAMP
from .jobs import MOST_ROWS, Job, error
from .recorded import Recorded
from .sql import Query, Refusal, parse
from .tables import Generated

# by status, for a fault; the others are what BigQuery's own table of errors says
REASONS = {
    400: "invalid",
    403: "accessDenied",
    404: "notFound",
    429: "rateLimitExceeded",
    500: "internalError",
    503: "backendError",
}
LOCATION = "US"
LEAST_BILLED = 10 * 2**20
DAY_BYTES = 450_000_000


class Ethereum:
    """The stand-in: jobs over the two tables, of which each third takes a while."""

    def __init__(self, clock: Clock, tables: Generated | Recorded) -> None:
        self.clock = clock
        self.tables = tables
        self.born, self.numbers = time_ns(), count(1)
        self.jobs: dict[str, Job] = {}
        self._forget()
        self.router = APIRouter()
        root = "/bigquery/v2/projects/{project}"
        for method, path, reply in (
            ("POST", "/queries", self.start),
            ("GET", "/queries/{job}", self.results),
            ("GET", "/jobs/{job}", self.job),
            ("POST", "/jobs/{job}/cancel", self.cancel),
        ):
            self.router.add_route(root + path, _answered(reply), methods=[method])

    async def start(self, request: Request) -> dict[str, Any]:
        """Start a job: return its first page, or that it is not complete."""
        body = await request.json()
        query = parse(body)
        weight = DAY_BYTES * query.days if query.table == "token_transfers" else 10**7
        project = request.path_params["project"]
        if body.get("dryRun"):
            return {
                "kind": "bigquery#queryResponse",
                "schema": query.schema(),
                "jobReference": {"projectId": project, "location": LOCATION},
                "totalBytesProcessed": str(weight),
                "jobComplete": True,
                "cacheHit": False,
            }
        most = int(body.get("maximumBytesBilled", weight))
        if max(weight, LEAST_BILLED) > most:
            raise Refusal(
                400,
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {most}. "
                f"{max(weight, LEAST_BILLED)} or higher required.",
            )
        number = next(self.numbers)
        job = Job(
            reference={
                "projectId": project,
                "jobId": f"job_{self.born:x}_{number}",
                "location": LOCATION,
            },
            query=query,
            rows=self._rows(query, body),
            weight=weight,
            waits=self.waits if self.waits is not None else 2 * (number % 3 == 0),
            error=self.errors.pop(0) if self.errors else None,
        )
        self.jobs[job.reference["jobId"]] = job
        return {"kind": "bigquery#queryResponse"} | job.page(
            body, self.page_rows, self.dropped
        )

    async def results(self, request: Request) -> dict[str, Any]:
        """Return a page of a job's rows, with the asked fields alone."""
        query = dict(request.query_params)
        page = self._known(request).page(query, self.page_rows, self.dropped)
        page = {"kind": "bigquery#getQueryResultsResponse"} | page
        fields = query.get("fields")
        return {
            name: value
            for name, value in page.items()
            if not fields or name in fields.split(",")
        }

    async def job(self, request: Request) -> dict[str, Any]:
        """Return the state of a job."""
        return self._known(request).state()

    async def cancel(self, request: Request) -> dict[str, Any]:
        """Let a job be over."""
        job = self._known(request)
        job.waits = 0
        return {"kind": "bigquery#jobCancelResponse", "job": job.state()}

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `page_rows`, `waits`, `fail_job`, `drop_rows`, or an order to rows.

        `waits` is how often a job is not complete, `fail_job` the reason, status and
        message that the next one fails with, `drop_rows` how many rows are announced
        and never come.
        """
        if key == "page_rows":
            self.page_rows = int(value)
        elif key == "waits":
            self.waits = int(value)
        elif key == "drop_rows":
            self.dropped = int(value)
        elif key == "fail_job":
            wrong = {name: value[name] for name in ("reason", "message", "status")}
            self.errors += [wrong] * int(value.get("times", 1))
        else:
            self.tables.order(key, value)

    def reset(self) -> None:
        """Forget jobs and orders; the numbers of jobs go on."""
        self.jobs.clear()
        self._forget()
        self.tables.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return the one series: its origin, first and last time."""
        first, last = self.tables.span(self.clock.now() * 1000)
        known = first <= last
        return [
            {
                "key": "token_transfers",
                "interval": None,
                "origin": self.tables.origin,
                "first": iso(first // 1000) if known else None,
                "last": iso(last // 1000) if known else None,
            }
        ]

    def truth(self, query: dict[str, str]) -> Response:
        """Return the rows of a `table` from `from_ms` to `to_ms`, exclusive."""
        bounds = [instant(query[name]) * 1000 for name in ("from_ms", "to_ms")]
        rows = self.tables.rows(query["table"], *bounds)
        return Response(json.dumps(rows), media_type="application/json")

    def refusal(self, status: int) -> dict[str, Any]:
        """Return the body that BigQuery sends with an error status."""
        return error(status, REASONS.get(status, "internalError"), "No answer.")

    def _forget(self) -> None:
        self.page_rows = MOST_ROWS
        self.waits: int | None = None
        self.dropped = 0
        self.errors: list[dict[str, Any]] = []

    def _known(self, request: Request) -> Job:
        name = request.path_params["job"]
        if name not in self.jobs:
            raise Refusal(404, "notFound", f"Not found: Job {name}")
        return self.jobs[name]

    def _rows(self, query: Query, body: dict[str, Any]) -> list[list[Any]]:
        """Return the cells of the asked rows, each a text or None."""
        now = self.clock.now() * 1000 + 1
        is_exact = body.get("formatOptions", {}).get("useInt64Timestamp", False)
        types = {each["name"]: each["type"] for each in query.schema()["fields"]}

        def cell(row: dict[str, Any], name: str) -> str | None:
            if name.startswith('"'):
                return name.strip('"')
            if types[name] == TIMESTAMP and not is_exact:
                return f"{row[name] / 1e6:.9E}"
            return None if row[name] is None else str(row[name])

        found = self.tables.rows(query.table, query.start, min(query.end, now))
        return [[cell(row, name) for name in query.columns] for row in found][
            : query.limit
        ]


def _answered(reply: Callable) -> Callable:
    async def endpoint(request: Request) -> Response:
        status = 200
        try:
            body = await reply(request)
        except Refusal as refusal:
            status = refusal.status
            body = error(status, refusal.reason, refusal.message)
        except (KeyError, TypeError, ValueError) as mishap:
            status = 400
            body = error(400, "invalid", f"Invalid value: {mishap}")
        text = json.dumps(body, separators=(",", ":"))
        return Response(text, status, media_type="application/json")

    return endpoint
