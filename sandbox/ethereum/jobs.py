"""A job of BigQuery: its state, its pages, and the form of an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .sql import Query, Refusal

MOST_ROWS = 100_000


@dataclass
class Job:
    """A query under way or done: its rows, and how often it still is not complete."""

    reference: dict[str, str]
    query: Query
    rows: list[list[str | None]]
    weight: int
    waits: int
    error: dict[str, Any] | None = None

    def state(self) -> dict[str, Any]:
        """Return what `jobs.get` tells."""
        state = "RUNNING" if self.waits > 0 else "DONE"
        status: dict[str, Any] = {"state": state}
        if self.error and state == "DONE":
            status |= {"errorResult": self.error, "errors": [self.error]}
        return {
            "kind": "bigquery#job",
            "id": "{projectId}:{location}.{jobId}".format(**self.reference),
            "jobReference": self.reference,
            "configuration": {"jobType": "QUERY", "query": {"useLegacySql": False}},
            "statistics": {"totalBytesProcessed": str(self.weight)},
            "status": status,
        }

    def page(self, asked: Mapping[str, Any], most: int, dropped: int) -> dict[str, Any]:
        """Return a page once the job is complete; before, only which job it is.

        A page has `most` rows at most, and `dropped` more are announced in all.
        """
        if self.waits > 0:
            self.waits -= 1
            return {"jobReference": self.reference, "jobComplete": False}
        if self.error:
            raise Refusal(
                self.error["status"], self.error["reason"], self.error["message"]
            )
        size = min(int(asked.get("maxResults", MOST_ROWS)), most)
        first = int(asked.get("pageToken", "0").removeprefix("from-"))
        rows = self.rows[first : first + size]
        page = {
            "jobReference": self.reference,
            "jobComplete": True,
            "schema": self.query.schema(),
            "totalRows": str(len(self.rows) + dropped),
            "totalBytesProcessed": str(self.weight),
            "cacheHit": False,
        }
        # without rows there is no such key
        if rows:
            page["rows"] = [{"f": [{"v": cell} for cell in row]} for row in rows]
        if first + size < len(self.rows):
            page["pageToken"] = f"from-{first + size}"
        return page


def error(status: int, reason: str, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    each = {"message": message, "domain": "global", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [each]}}
