"""A loan book of four CSV files in a folder: one page is the whole text of a file.

Nothing is asked over a network. A file is read again only when it changed since it last
landed, by the time at which its inode changed, which any way of replacing it moves, or
when it is to be read by other settings; it lands if its text is another then. One that
can't be used lands too, so that staging can reject it, and fails its key in every run
until another comes. Only these four names, directly in the folder, are ever opened.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import dlt
import pyarrow as pa

from ingestion import clock, keys, loan_reading
from ingestion.bounds import Bounds
from ingestion.http import Answer, FailedError, RefusedError
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.loan_reading import why_unusable
from ingestion.run import Run
from ingestion.source import Source
from ingestion.window import Window
from warehouse import ROOT

FILES = ("borrowers", "loans", "schedules", "payments")
# the newest one may be of no use
IN_USE = """
select file.load_id
from staging.stg_loans__files as files
cross join lateral unnest(array[files.load_id, files.newest_load_id]) as file (load_id)
where 'loans__' || split_part(files.file_name, '.', 1) = '{table}'
"""
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass
class Landed:
    """How a file last landed: when it had changed, by which settings, as what.

    All None where it never did, or where that was not noted.
    """

    changed_at: datetime | None = None
    settings: dict[str, str] | None = None
    unusable: str | None = None


def file_of(run: Run, path: Path, settings: dict[str, str]) -> Iterator[pa.Table]:
    """Yield a file as a page, if it changed since it last landed.

    A backfill reads it in any case, and does not touch the noted time.
    """
    name = path.name
    spans = {}
    noted = dlt.current.resource_state()
    landed = Landed()
    if run.is_open(name):
        reached = keys.cursor(name, run)
        changed_at = _changed_at(path) or clock.now()
        landed = Landed(reached, **noted.get("landed", {}))
        if run.window:
            spans[name] = (run.window.start, run.window.end)
        elif reached and changed_at < reached:
            # another file than the one that was read, such as another folder's
            keys.reset_cursor(name)
            spans[name] = (NEVER, changed_at)
        elif landed.unusable or landed.settings != settings:
            spans[name] = (NEVER, changed_at)
        else:
            spans[name] = (reached or NEVER, changed_at)
    yield from keys.read(run, spans, partial(_pages, path, settings, landed))
    if landed.settings is not None and not run.window and not run.is_dry:
        noted["landed"] = {"settings": landed.settings, "unusable": landed.unusable}


def _pages(
    path: Path, settings: dict[str, str], landed: Landed, _: str, asked: Window
) -> Iterator[Page]:
    """Yield the one page of a file, unless it is one that landed, and note how it did.

    Raises:
        RefusedError: what is there is no file, or none that can be used.
        FailedError: the file can't be read now.

    """
    text, changed_at, unusable = _text(path)
    unusable = unusable or why_unusable(path.name, text, settings)
    before = (landed.changed_at, landed.settings, landed.unusable)
    if unusable is None or before != (changed_at, settings, unusable):
        verdict = {"unusable": unusable} if unusable else {}
        request = {"file": path.name, "changed_at": changed_at.isoformat()}
        answer = Answer(200, text, {}, clock.now(), None)
        landed.settings, landed.unusable = settings, unusable
        yield Page(
            row=as_page({**request, **settings, **verdict}, answer),
            records=len(text.splitlines()),
            reached=changed_at,
            is_last=unusable is None,
            is_timed=False,
            dedup_key=_dedup_key(path.name, {**settings, **verdict}, answer.fetched_at),
        )
    if unusable:
        raise RefusedError(unusable)


def _text(path: Path) -> tuple[str, datetime, str | None]:
    """Return a file's text and when it changed; for what is none to read, why."""
    bounds = Bounds.set()
    try:
        # a pipe of this name would be waited for, and a link lead out of the folder
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with open(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise RefusedError(f"{path} is no file: put a CSV file there")
            body = file.read(bounds.most_bytes + 1)
            after = os.fstat(descriptor)
    except OSError as error:
        if path.is_symlink():
            raise RefusedError(
                f"{path} is a link: put the file itself there"
            ) from error
        why = (error.strerror or type(error).__name__).lower()
        raise FailedError(
            f"{path} can't be read ({why}): put the file there, readable for this "
            "user, or set SOURCES__LOANS__FOLDER to its folder"
        ) from error
    if before.st_ctime_ns != after.st_ctime_ns:
        raise FailedError(f"{path} changed while it was read: run again")
    changed_at = _time(before)
    if len(body) > bounds.most_bytes:
        return "", changed_at, bounds.too_large("a file")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        return "", changed_at, f"not UTF-8 at byte {error.start}: save it as UTF-8"
    if "\0" in text:
        place = text.index(chr(0))
        return "", changed_at, f"a NUL character at {place}: save it as plain text"
    return text, changed_at, None


def _dedup_key(name: str, request: dict[str, str], read_at: datetime) -> str:
    """Return what tells a file apart beyond its text: payments to come are none."""
    day = f", as of {read_at:%Y-%m-%d}" if name == "payments.csv" else ""
    return f"{json.dumps(request, sort_keys=True)}{day}"


def _changed_at(path: Path) -> datetime | None:
    try:
        return _time(path.lstat())
    except OSError:
        return None


def _time(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_ctime, UTC)


@dlt.source(name="loans", max_table_nesting=0)
def source(
    run: Run, folder: str | None = None, decimal: str = "", dates: str = ""
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__LOANS__FOLDER` sets the folder if none is given.

    `decimal` and `dates` say how files are read that don't show it themselves.
    """
    settings = loan_reading.check(decimal, dates)
    if run.has(folder=folder):
        for name in FILES:
            path = ROOT / Path(folder).expanduser() / f"{name}.csv"
            yield dlt.resource(file_of(run, path, settings), name=f"loans__{name}")


SOURCE = Source(
    tables={f"loans__{name}": PAGE for name in FILES},
    records="lines",
    resources=source,
    states=dict.fromkeys((f"loans__{name}" for name in FILES), (IN_USE,)),
)
