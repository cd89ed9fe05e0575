"""What a build has to do: the nodes that `ops.pending` names, asked as dbt asks it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from warehouse import plainness
from warehouse.checksums import Checksums, Variables
from warehouse.manifest import Manifest, manifest
from warehouse.postgres import sessions
from warehouse.postgres.connections import connect

KINDS = {
    "incremental": "table",
    "view": "view",
    "function": "function",
    "test": "test",
}
QUESTION = "to_regprocedure('ops.pending(jsonb)')"


class Pending(NamedTuple):
    """A node of dbt's manifest that has something to do, and why, for a person."""

    unique_id: str
    name: str
    why: str


def pending(
    known: Manifest | None = None, variables: Variables | None = None
) -> list[Pending]:
    """Return the models, views, functions and tests that have something to do.

    In the order of the manifest. Those that only follow from a model that has are not
    among them: a build of that one decides whether they do.
    """
    known = known or manifest()
    asked = {node["name"]: node for node in questions(known, variables or {})}
    with closing(connect("transformer")) as held, held.cursor() as cursor:
        sessions.end_overdue(cursor)
        plainness.only_tables(cursor)
        cursor.execute(f"select {QUESTION} is not null")  # noqa: S608 - ours
        if not cursor.fetchone()[0]:
            said = {name: ("missing", None) for name in asked}
        else:
            cursor.execute(
                "select name, reason, detail from ops.pending(%s)",
                (json.dumps(list(asked.values())),),
            )
            said = {name: (reason, detail) for name, reason, detail in cursor}
    return [
        Pending(node["unique_id"], name, _why(node["kind"], *said[name]))
        for name, node in asked.items()
        if name in said
    ]


def questions(known: Manifest, variables: Variables) -> Iterator[dict[str, Any]]:
    """Yield what `ops.pending` is to be asked of each node, as the run start does."""
    checksums = Checksums(known, variables)
    for unique_id, node in (known["nodes"] | known["functions"]).items():
        kind = KINDS.get(node["config"]["materialized"])
        if not kind or node["resource_type"] not in ("model", "function", "test"):
            continue
        read = list(upstreams(known, node))
        sources = [each for each in read if each["resource_type"] == "source"]
        models = [each for each in read if each["resource_type"] == "model"]
        yield {
            "unique_id": unique_id,
            "name": node["name"] if kind == "test" else node["alias"],
            "kind": kind,
            "schema": node["schema"],
            "alias": node["alias"],
            "checksum": checksums[unique_id],
            "reads": sorted({each["alias"] for each in models}),
            "tables": sorted(
                {f"{each['schema']}.{each['identifier']}" for each in sources}
            ),
            "systems": sorted({system_of(each["name"]) for each in sources}),
        }


def upstreams(known: Manifest, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what keeps a version or a load, seen through the views between."""
    for name in node["depends_on"]["nodes"]:
        upstream = known["nodes"].get(name) or known["sources"].get(name)
        if not upstream:
            continue
        is_source = upstream["resource_type"] == "source"
        if is_source or upstream["config"]["materialized"] == "incremental":
            yield upstream
        elif upstream["resource_type"] == "model":
            yield from upstreams(known, upstream)


def _table(source: Mapping[str, Any]) -> str:
    return f"{source['schema']}.{source['identifier']}"


def system_of(table: str) -> str:
    """Return whose loads fill a raw table; `*`, all, for dlt's own."""
    system, mark, _ = table.partition("__")
    return system if system and mark else "*"


def _why(kind: str, reason: str, detail: str | None) -> str:
    if reason == "missing":
        return "is not there"
    if reason == "changed":
        return (
            "has not passed as it is"
            if kind == "test"
            else "was not built as its SQL, YAML and variables are"
        )
    if reason == "moved":
        return f"has not read what moved in {detail}"
    if detail.isdigit():
        return f"has not read {detail} load{'s' if detail != '1' else ''}"
    return f"reads what is not there: {detail}"
