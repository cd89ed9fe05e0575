"""A loan book of four CSV files in a folder: one page is the whole text of a file.

Nothing is asked over a network. A file is read again only when it changed since it
last landed, by the time at which its inode changed, which any way of replacing it
moves. Only these four names, directly in the folder, are ever opened.
"""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import dlt
import pyarrow as pa

from ingestion import keys
from ingestion.http import Answer, FailedError, RefusedError
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.report import Report
from ingestion.window import Window
from warehouse import ROOT

FILES = ("borrowers", "loans", "schedules", "payments")
TABLES = {f"loans__{name}": PAGE for name in FILES}
RECORDS = "lines"
NEVER = datetime.fromtimestamp(0, UTC)


def file_of(report: Report, path: Path) -> Iterator[pa.Table]:
    """Yield a file as a page, if it changed since it last landed.

    A backfill reads it in any case, and leaves the noted time alone.
    """
    name = path.name
    spans = {}
    if report.is_open(name):
        reached = keys.place(name, report.window)
        changed_at = _changed_at(path) or datetime.now(UTC)
        if report.window:
            spans[name] = (report.window.start, report.window.end)
        elif reached and changed_at < reached:
            # another file than the one that was read, such as another folder's
            keys.forget(name)
            spans[name] = (NEVER, changed_at)
        else:
            spans[name] = (reached or NEVER, changed_at)
    yield from keys.read(report, spans, partial(_pages, path))


def _pages(path: Path, _: str, asked: Window) -> Iterator[Page]:
    """Yield the one page of a file.

    Raises:
        RefusedError: what is there is no text that Postgres can hold.
        FailedError: the file can't be read now.

    """
    text, changed_at = _text(path)
    request = {"file": path.name, "changed_at": changed_at.isoformat()}
    answer = Answer(200, text, {}, datetime.now(UTC), None)
    yield Page(
        row=as_page(request, answer),
        records=len(text.splitlines()),
        reached=changed_at,
        is_last=True,
    )


def _text(path: Path) -> tuple[str, datetime]:
    """Give a file's text and when it changed."""
    try:
        # a pipe of this name would be waited for, and a link lead out of the folder
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with open(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise RefusedError(f"{path} is no file: put a CSV file there")
            body = file.read()
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
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8"
        ) from error
    if "\0" in text:
        raise RefusedError(
            f"{path} has a NUL character at {text.index(chr(0))}: save it as plain text"
        )
    return text, _time(before)


def _changed_at(path: Path) -> datetime | None:
    try:
        return _time(path.lstat())
    except OSError:
        return None


def _time(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_ctime, UTC)


@dlt.source(name="loans", max_table_nesting=0)
def source(
    report: Report, folder: str | None = None
) -> Iterator[dlt.sources.DltResource]:
    """Give the resources; `SOURCES__LOANS__FOLDER` sets the folder if none is given."""
    if report.has(folder=folder):
        for name in FILES:
            path = ROOT / Path(folder).expanduser() / f"{name}.csv"
            yield dlt.resource(file_of(report, path), name=f"loans__{name}")
