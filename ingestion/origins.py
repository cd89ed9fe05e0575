"""Which host each system's pages came from: `raw.origins`, which doctor reads."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from psycopg2.extensions import connection

from warehouse import ROOT

TABLE = "origins"
GOOGLE = "bigquery.googleapis.com"
FILES = "files"
MAKE = """
create table if not exists raw.origins (
    system text not null,
    origin text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (system, origin)
)
"""
NOTE = """
insert into raw.origins values (%s, %s, now(), now())
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
    """Make the table, unless it stands."""
    with held.cursor() as cursor:
        cursor.execute(MAKE)


def note(held: connection, system: str, origin: str) -> None:
    """Note that pages of a system came from there just now."""
    with held.cursor() as cursor:
        cursor.execute(NOTE, (system, origin))
