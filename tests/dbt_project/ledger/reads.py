"""What a compiled model reads, and which of it through the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

LEDGER = "ops"


@dataclass(frozen=True)
class Reads:
    """The relations that a query reads, and those of them that the ledger tells of.

    A relation is `schema.name`. The ledger tells of one where the rows are asked for by
    what this model has read of it: what changed or vanished, or which loads arrived.
    """

    relations: frozenset[str]
    by_ledger: frozenset[str]

    @property
    def plain(self) -> frozenset[str]:
        """Return those of which a change alone goes unnoticed."""
        return self.relations - self.by_ledger


def reads(sql: str) -> Reads:
    """Return what a query reads."""
    query = sqlglot.parse_one(sql, dialect="postgres")
    tables = [table for table in query.find_all(exp.Table) if table.db]
    read = [table for table in tables if table.db != LEDGER]
    return Reads(
        frozenset(_name(table) for table in read),
        frozenset(_name(table) for table in read if _is_by_ledger(table)),
    )


def declared(nodes: Iterable) -> dict[tuple[str, str], str]:
    """Return what models say that they look up: by model and relation, why they may."""
    return {
        (node.name, upstream): why
        for node in nodes
        if node.resource_type == "model"
        for upstream, why in node.config.meta.get("looks_up", {}).items()
    }


def _name(table: exp.Table) -> str:
    is_call = isinstance(table.this, exp.Func)
    return f"{table.db}.{table.this.name if is_call else table.name}"


def _is_by_ledger(table: exp.Table) -> bool:
    """Return whether the condition on a table asks for what the ledger says of it.

    A table that is only given a name is asked for by the query around that.
    """
    query = table.parent_select
    while query and not query.args.get("where") and _is_whole(query):
        query = query.parent_select if isinstance(query.parent, exp.Subquery) else None
    where = query and query.args.get("where")
    if not where:
        return False
    told = {literal.name for literal in where.find_all(exp.Literal)}
    of_loads = table.db == "raw" and {"ledger.model", "ledger.version"} & told
    return bool(of_loads) or f"ledger.done_{table.name}" in told


def _is_whole(query: exp.Select) -> bool:
    return not query.args.get("joins") and [*map(str, query.expressions)] == ["*"]
