"""The one form of query that BigQuery's stand-in understands."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .columns import DAY, TABLES, time_of

FORM = re.compile(
    r"\s*select\s+(?P<columns>.+?)\s+from\s+"
    r"`bigquery-public-data\.crypto_ethereum\.(?P<table>\w+)`\s+"
    r"where\s+block_timestamp\s*>=\s*@start\s+and\s+block_timestamp\s*<\s*@end"
    r"(\s+limit\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)


class Refusal(Exception):  # noqa: N818 - an answer rather than a mishap
    """An error that is answered: its HTTP status, reason and message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status = status
        self.reason = reason
        self.message = message


class Query(NamedTuple):
    """What is asked: columns of a table, between two times in microseconds."""

    table: str
    columns: list[str]
    start: int
    end: int
    limit: int | None

    @property
    def days(self) -> int:
        """Return the number of the table's partitions that are read."""
        return max(-(-self.end // DAY) - self.start // DAY, 0)

    def schema(self) -> dict[str, Any]:
        """Return the types of the columns, as BigQuery describes them."""
        types = TABLES[self.table]
        return {
            "fields": [
                {"name": name, "type": types.get(name, "STRING"), "mode": "NULLABLE"}
                for name in self.columns
            ]
        }


def parse(body: Mapping[str, Any]) -> Query:
    """Return what the body of a request asks; raise Refusal if that can't be told."""
    if body.get("useLegacySql", True):
        raise Refusal(400, "invalidQuery", "Legacy SQL has no table of that name.")
    form = FORM.fullmatch(body["query"])
    if not form:
        raise Refusal(400, "invalidQuery", "Syntax error: Unexpected query")
    table = form["table"]
    if table not in TABLES:
        name = f"bigquery-public-data:crypto_ethereum.{table}"
        message = f"Not found: Table {name} was not found in location US"
        raise Refusal(404, "notFound", message)
    columns = [column.strip() for column in form["columns"].split(",")]
    for column in columns:
        # in double quotes it is a text, and no column
        if column.strip("`") not in TABLES[table] and not column.startswith('"'):
            raise Refusal(400, "invalidQuery", f"Unrecognized name: {column} at [1:8]")
    bounds = {
        each["name"]: time_of(each["parameterValue"]["value"])
        for each in body.get("queryParameters", ())
        if each["parameterType"]["type"] == "TIMESTAMP"
    }
    missing = {"start", "end"} - bounds.keys()
    if missing:
        message = f"Query parameter '{min(missing)}' not found"
        raise Refusal(400, "invalidQuery", message)
    return Query(
        table,
        [column.strip("`") for column in columns],
        bounds["start"],
        bounds["end"],
        int(form["limit"]) if form["limit"] else None,
    )
