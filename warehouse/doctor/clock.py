"""The host's clock held against the sources', and what it has left in the future."""

import base64
import json
import zlib
from shlex import quote
from typing import TYPE_CHECKING

from warehouse.doctor.finding import Finding, Findings, exist, rows

if TYPE_CHECKING:
    from psycopg2.extensions import connection

OFF = """
select system, round(abs(ahead_seconds) / 60), ahead_seconds > 0
from raw.clocks
where abs(ahead_seconds) > 60
order by 1
"""
STATES = """
select distinct on (states.pipeline_name) states.pipeline_name, states.state
from raw._dlt_pipeline_state as states
inner join raw._dlt_loads as loads on states._dlt_load_id = loads.load_id
where loads.status = 0
order by states.pipeline_name, states.version desc
"""
EARLY = """
select to_char(seen.at, 'YYYY-MM-DD HH24:MI')
from (values (%s::timestamptz)) as seen (at)
where seen.at > now() + interval '1 minute'
"""
GAPS = """
select system, series_key, to_char(max(gap_to), 'YYYY-MM-DD HH24:MI')
from marts.rpt_gaps
where gap_to > now() + interval '1 minute'
group by 1, 2
order by 1, 2
"""
# a file's cursor is when it changed
UNTIMED = ("loans",)


def clock_off(held: "connection") -> Findings:
    """Find sources whose clock differed by over a minute when they were last asked."""
    if not exist(held, "raw.clocks"):
        return
    for system, minutes, is_ahead in rows(held, OFF):
        way = "ahead of" if is_ahead else "behind"
        yield Finding(
            f"This host's clock was {minutes:,.0f} minutes {way} that of {system} when "
            "it was last asked. Nothing is noted beyond the source's time, but what "
            "says how old things are is wrong.",
            f"set this host's clock, then: python -m ingestion {quote(system)}",
        )


def cursors_ahead(held: "connection") -> Findings:
    """Find series whose cursor lies in the future: until then they are not asked on."""
    if not exist(held, "raw._dlt_pipeline_state", "raw._dlt_loads"):
        return
    for system, state in rows(held, STATES):
        for key, cursor in _cursors(state) if system not in UNTIMED else ():
            for (until,) in rows(held, EARLY, cursor):
                yield Finding(
                    f"The cursor of {system}'s {key} lies in the future, at {until} "
                    "UTC, as after a clock that ran ahead; the next run asks on from "
                    "where it was right.",
                    f"python -m ingestion {quote(system)}",
                )


def gaps_ahead(held: "connection") -> Findings:
    """Find series with a gap in the future."""
    if not exist(held, "marts.rpt_gaps"):
        return
    for system, key, until in rows(held, GAPS):
        yield Finding(
            f"{system}'s {key} has a gap up to {until} UTC, which is in the future, as "
            "after a clock that ran ahead.",
            f"python -m ingestion {quote(system)}; dbt build",
        )


def _cursors(state: str) -> list[tuple[str, str]]:
    """Return the keys and cursors of a state as dlt packs it."""
    try:
        seen = json.loads(zlib.decompress(base64.b64decode(state, validate=True)))
        return sorted(
            cursor
            for source in seen.get("sources", {}).values()
            for resource in source.get("resources", {}).values()
            for cursor in resource.get("cursors", {}).items()
        )
    except (ValueError, zlib.error, AttributeError):
        return []
