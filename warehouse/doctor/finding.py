"""What is wrong, and what to type."""

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from psycopg2.extensions import connection


class Finding(NamedTuple):
    """A sentence and a command; neither has a secret in it."""

    what: str
    remedy: str


Findings = Iterator[Finding]


def rows(held: "connection", query: str, *parameters: object) -> list[tuple]:
    """Return a query's rows."""
    with held.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall()


def exist(held: "connection", *tables: str) -> bool:
    """Return whether all these tables exist."""
    found = rows(
        held,
        "select bool_and(to_regclass(n) is not null) from unnest(%s) n",
        list(tables),
    )
    return found[0][0]


def literal(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def psql(statement: str, role: str = "transformer") -> str:
    """Return the command that says a statement as a role."""
    as_role = "" if role == "transformer" else f"--role {role} "
    return f"python -m warehouse psql {as_role}-c {quote(statement)}"


def dbt(*models: str, options: str = "") -> str:
    """Return the command that builds models and what depends on them."""
    return f"dbt build {options}--select {' '.join(f'{quote(m)}+' for m in models)}"


def rebuild(*models: str) -> str:
    """Return the commands that have models read all again, and that build them."""
    again = "; ".join(f"python -m warehouse rebuild {quote(name)}" for name in models)
    return f"{again}; {dbt(*models)}"
