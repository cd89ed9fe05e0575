"""Where the loads came from: what was made up, and what was not."""

import ipaddress
from typing import TYPE_CHECKING

from warehouse import settings
from warehouse.doctor.finding import Finding, Findings, exist, psql, rows

if TYPE_CHECKING:
    from psycopg2.extensions import connection

# a loan book is no API, and its newest files replace those of the demo
ORIGINS = """
select system, origin
from raw.origins
where system != 'loans'
order by 1, 2
"""


def mixed_origins(held: "connection") -> Findings:
    """Find a warehouse that has loads of stand-ins and of real APIs."""
    if not exist(held, "raw.origins"):
        return
    known = rows(held, ORIGINS)
    made_up = sorted({system for system, origin in known if is_stand_in(origin)})
    real = sorted({system for system, origin in known if not is_stand_in(origin)})
    if made_up and real:
        both = sorted({*made_up} & {*real})
        mixed = f" In one table even: {', '.join(both)}." if both else ""
        is_embedded = settings.kind() == "embedded"
        yield Finding(
            f"There are loads of stand-ins ({', '.join(made_up)}) and of real APIs "
            f"({', '.join(real)}) in one warehouse, and marts that have both.{mixed} "
            "Begin anew for what is real, or give it a WAREHOUSE_DIR of its own.",
            "python -m warehouse reset"
            if is_embedded
            else psql("select * from raw.origins order by 1, 2"),
        )


def is_stand_in(origin: str) -> bool:
    """Say whether an origin is a stand-in's: on this machine, or compose's sandbox."""
    host, _, port = origin.rpartition(":")
    name = (host if host and port.isdigit() else origin).strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in ("localhost", "sandbox") or name.startswith("sandbox/")
