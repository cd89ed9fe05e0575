"""What lies in raw and is no plain table: it may run when it is read."""

from typing import TYPE_CHECKING

from warehouse import plainness
from warehouse.doctor.finding import Finding, Findings, psql

if TYPE_CHECKING:
    from psycopg2.extensions import connection

SHOWN = "\\d+ {}"
KINDS = {"is a view": "view", "is a sequence": "sequence"}


def unplain(held: "connection") -> Findings:
    """Find what in raw may run something with the rights of whoever reads it."""
    with held.cursor() as cursor:
        found = plainness.unplain(cursor)
    for name, why in found:
        if "belong" in why:
            continue  # `owners` says so
        what = f"{name} {why}: it may run with the rights of whoever reads it."
        yield Finding(what, _remedy(name, why))


def _remedy(name: str, why: str) -> str:
    if "function" in why:
        return psql(f"drop routine {name} cascade", "loader")
    if why in KINDS:
        return psql(f"drop {KINDS[why]} {name} cascade", "loader")
    return (
        f"{psql(SHOWN.format(name), 'loader')}   and take away what it has beyond "
        "columns, keys and not null"
    )
