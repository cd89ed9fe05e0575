"""Which host each system's pages came from, and by how far our clock was off then.

Doctor reads both: `raw.origins` and `raw.clocks`.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from psycopg2.extensions import connection

from warehouse import ROOT

TABLES = ("origins", "clocks")
GOOGLE = "bigquery.googleapis.com"
FILES = "files"
MAKE = """
create table if not exists raw.origins (
    system text not null,
    origin text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (system, origin)
);
create table if not exists raw.clocks (
    system text primary key,
    ahead_seconds double precision not null
)
"""
NOTE = """
with clock as (
    insert into raw.clocks values (%(system)s, %(ahead)s)
    on conflict (system) do update set ahead_seconds = excluded.ahead_seconds
)

insert into raw.origins values (%(system)s, %(origin)s, now(), now())
on conflict (system, origin) do update set last_at = excluded.last_at
"""


def origin_of(settings: Mapping[str, object]) -> str:
    """Return where a source with these settings asks: a host, without any login.

    Of files it is where in the repository they lie, if they do.
    """
    if "folder" in settings:
        folder = (ROOT / Path(str(settings["folder"])).expanduser()).resolve()
        is_ours = folder.is_relative_to(ROOT)
        return str(folder.relative_to(ROOT)) if is_ours else FILES
    url = str(settings.get("base_url") or "")
    return urlsplit(url).netloc.rpartition("@")[2] if url else GOOGLE


def make(held: connection) -> None:
    """Make the tables unless they exist."""
    with held.cursor() as cursor:
        cursor.execute(MAKE)


def note(held: connection, system: str, origin: str, ahead: timedelta) -> None:
    """Note that pages of a system came from there, and how far ahead our clock was."""
    seconds = ahead.total_seconds()
    noted = {"system": system, "origin": origin, "ahead": seconds}
    with held.cursor() as cursor:
        cursor.execute(NOTE, noted)
