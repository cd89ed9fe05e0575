"""An export: each mart that moved, the partitions that were touched, in one commit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import psycopg2
import pyarrow as pa

from warehouse import settings
from warehouse.errors import WarehouseError
from warehouse.export import marts, rows, sweep
from warehouse.export.marts import Mart
from warehouse.export.partitions import MOST, Partitions, divided, time_column, touched
from warehouse.export.tables import DONE, MADE, Held, arrow_schema, catalog, write
from warehouse.export.types import is_widened, settle
from warehouse.manifest import manifest
from warehouse.postgres import connections
from warehouse.waiting import waiting_for

if TYPE_CHECKING:
    from psycopg2.extensions import connection, cursor

SESSION = "set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 1"
S3 = {
    "EXPORT__S3__ENDPOINT": "s3.endpoint",
    "EXPORT__S3__REGION": "s3.region",
    "EXPORT__S3__ACCESS_KEY_ID": "s3.access-key-id",
    "EXPORT__S3__SECRET_ACCESS_KEY": "s3.secret-access-key",
}
"""Settings, by pyiceberg's words for them."""


def export(
    wanted: Sequence[str], to: str | None, is_anew: bool, say: Callable[[str], None]
) -> list[str]:
    """Write the marts that moved, or those of some names, and say what was done.

    Return the sentences of marts that failed; the others are whole. Raises
    WarehouseError where nothing can be exported.
    """
    values = settings.environment()
    uri = _uri(to or values.get("EXPORT__URI") or f"{settings.warehouse_dir()}/iceberg")
    options = {word: values[name] for name, word in S3.items() if values.get(name)}
    failed = []
    with _alone(), closing(_connected()) as held:
        opened = catalog(connections.url(settings.EXPORTER), options)
        for name in _chosen(held, wanted, say):
            one = _One(held, Held(opened, name, uri), say)
            try:
                one.export(is_anew)
            except (psycopg2.Error, pa.ArrowException, OSError) as error:
                held.rollback()
                said = " ".join(str(error).split())
                failed.append(
                    f"{name} was not exported ({said[:300]}), and is as it was."
                )
            except WarehouseError as error:
                held.rollback()
                failed.append(str(error))
    return failed


class _One:
    """The export of one mart."""

    def __init__(
        self, held: "connection", there: Held, say: Callable[[str], None]
    ) -> None:
        self.held, self.there, self.say = held, there, say

    def export(self, is_anew: bool) -> None:
        """Write what was touched, in a transaction that reads as of one moment."""
        if is_anew:
            self.there.forget()
        else:
            self.there.load()
        with self.held, self.held.cursor() as asking:
            asking.execute("set transaction isolation level repeatable read, read only")
            mart = marts.mart(asking, self.there.name)
            if self._is_settled(mart):
                self.there.point()
                return
            self._write(asking, mart)
        if self.there.is_to_be_swept:
            sweep.sweep(self.there.table)

    def _is_settled(self, mart: Mart) -> bool:
        known = self.there.properties
        return (
            mart.version is not None
            and known.get(DONE) == str(mart.version)
            and known.get(MADE) == mart.made
            and {*self.there.types} == {column.name for column in mart.columns}
        )

    def _write(self, asking: "cursor", mart: Mart) -> None:
        buckets = self._touched(asking, mart)
        parts = self.there.partitions
        measure, types = self._measured(asking, mart, parts, buckets)
        if buckets is not None and not self._holds(types, measure, parts, buckets):
            buckets = None
            measure, types = self._measured(asking, mart, parts, None)
        if buckets is None:
            time = self._time(mart)
            parts = divided(time, measure.rows, measure.span)
        notes = {DONE: str(mart.version), MADE: mart.made}
        begun = self.there.begin(mart, types, parts)
        if buckets is not None and not buckets:
            begun.set_properties(**notes)
            self.there.close(begun)
            return
        gone = [
            file
            for file in self.there.files()
            if buckets is None or not parts.column or file.partition[0] in buckets
        ]
        query = rows.ordered(mart, parts, parts.where(buckets), types, measure.scales)
        read = rows.batches(self.held, query, arrow_schema(begun, mart))
        with closing(read):
            added = list(write(begun, parts, read))
        self.there.commit(begun, added, gone, notes)
        what = "whole" if buckets is None else f"{len(buckets)} partitions"
        until = "" if mart.version is None else f", version {mart.version}"
        self.say(f"{mart.name}: {what}, {measure.rows:,} rows{until}")

    def _touched(self, asking: "cursor", mart: Mart) -> set[int] | None:
        """Return the partitions to write, None for all of them."""
        known = self.there.properties
        is_known = known.get(MADE) == mart.made and not mart.is_view
        if not is_known or mart.version is None or not known.get(DONE, "").isdigit():
            return None
        done = int(known[DONE])
        if self.there.partitions.column != self._time(mart) or done > mart.version:
            return None
        return touched(asking, mart, self.there.partitions, done)

    def _measured(
        self,
        asking: "cursor",
        mart: Mart,
        parts: Partitions,
        buckets: set[int] | None,
    ) -> tuple[rows.Measure, dict]:
        where = parts.where(buckets)
        measure = rows.measured(asking, mart, where, self._time(mart))
        return measure, settle(mart.columns, self.there.types, measure.ranges)

    def _holds(
        self, types: dict, measure: rows.Measure, parts: Partitions, buckets: set[int]
    ) -> bool:
        """Say whether what is not written again can stay as it is."""
        held = self.there.types
        return (
            {*held} == {*types}
            and all(is_widened(held[name], types[name]) for name in types)
            and (parts.grain in ("day", None) or measure.rows <= MOST * len(buckets))
        )

    def _time(self, mart: Mart) -> str | None:
        if mart.is_view or mart.version is None:
            return None
        return time_column(mart, _groups)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one export at a time write; a killed one's lock goes with its session."""
    with closing(_connected("export, waiting or at work")) as held:
        with held.cursor() as cursor, waiting_for("another export, which is at work"):
            cursor.execute("lock table iceberg.exporting in exclusive mode")
        yield


def _connected(name: str = "export") -> "connection":
    held = connections.connect(settings.EXPORTER, name)
    with held, held.cursor() as cursor:
        cursor.execute(SESSION)
    return held


def _chosen(
    held: "connection", wanted: Sequence[str], say: Callable[[str], None]
) -> list[str]:
    """Return the marts to export; those that the reader may not see are named."""
    with held, held.cursor() as cursor:
        known = marts.names(cursor)
    for name in wanted:
        if name not in known:
            raise WarehouseError(
                f"There is no mart {name}: build it, or look at marts."
            )
    names = list(dict.fromkeys(wanted)) or list(known)
    closed = [name for name in names if not known[name]]
    if closed:
        say(f"Left out, since the reader may not see them: {', '.join(closed)}")
    return [name for name in names if known[name]]


@cache
def _groups() -> dict[str, list[str]]:
    """Return by mart the columns that its rows are grouped by, as models declare."""
    return {
        node["alias"]: node["config"].get("grouped_by", [])
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def _uri(chosen: str) -> str:
    """Return an address as Iceberg keeps it: a scheme's, or a folder's path."""
    if "://" in chosen:
        return chosen
    return str((settings.ROOT / chosen).resolve())
