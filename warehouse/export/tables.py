"""Iceberg tables and their catalog: what is held of a mart, and one commit for it."""

import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import FileIO, load_file_io
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
    schema_to_pyarrow,
)
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
)
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import ExpireSnapshots, _OverwriteFiles
from pyiceberg.types import IcebergType, NestedField

from warehouse.errors import WarehouseError
from warehouse.export.marts import Mart
from warehouse.export.partitions import TRANSFORMS, Partitions
from warehouse.export.types import is_widened

CATALOG, NAMESPACE = "tickhouse", "marts"
DONE, MADE, SWEPT = "tickhouse.version", "tickhouse.made", "tickhouse.swept"
PROPERTIES = {
    # a commit that is tried again from a base of before would double rows
    "commit.retry.num-retries": "0",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}
KEPT = timedelta(days=1)
"""How long a snapshot stays that is no longer the newest, and a file of nobody's."""
ROW_GROUP, FILE = 100_000, 1_000_000
"""Rows of a row group, and of a file."""
HINT = "metadata/version-hint.text"
"""By which DuckDB and others find a table's metadata in its folder."""


@dataclass(frozen=True)
class Batch:
    """Rows of one partition, in order."""

    bucket: int
    rows: pa.RecordBatch


def catalog(url: str, options: Mapping[str, str]) -> SqlCatalog:
    """Return the catalog in the warehouse's Postgres, in the schema `iceberg`.

    `options` are those of pyiceberg's files, such as an endpoint of S3.
    """
    # pyiceberg's overwrite shares what it evaluates manifests by between threads
    os.environ["PYICEBERG_MAX_WORKERS"] = "1"
    address = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    joint = "&" if "?" in address else "?"
    opened = SqlCatalog(
        CATALOG,
        uri=f"{address}{joint}options=-csearch_path%3Diceberg",
        **options,
    )
    opened.create_namespace_if_not_exists(NAMESPACE)
    return opened


class Held:
    """What the catalog has of a mart: its table, unless there is none yet."""

    def __init__(self, catalog: SqlCatalog, name: str, uri: str) -> None:
        self.catalog, self.name = catalog, name
        self.location = f"{uri.rstrip('/')}/{name}"
        self.table: Table | None = None

    def load(self) -> None:
        """Read the table's metadata, and see that nothing went back in time.

        Raises WarehouseError where files are gone, or newer than the catalog: after a
        restore of the catalog by another way than ours.
        """
        try:
            self.table = self.catalog.load_table((NAMESPACE, self.name))
        except NoSuchTableError:
            self.table = None
        except FileNotFoundError as error:
            raise self.went_back("its files are gone") from error
        hinted = self._hint()
        if self.table is None:
            if hinted:
                raise self.went_back("there is a table that the catalog does not know")
            return
        if self.table.location() != self.location:
            raise WarehouseError(
                f"{self.name} is exported to {self.table.location()}, not to "
                f"{self.location}: go on there, or begin here with {self.anew}"
            )
        known = [self.table.metadata_location]
        known += [entry.metadata_file for entry in self.table.metadata.metadata_log]
        if hinted and hinted not in {_version_of(path) for path in known}:
            raise self.went_back("the files are of another catalog, or of a later one")

    def forget(self) -> None:
        """Take the table out of the catalog; a reader's files stay for a day."""
        with suppress(NoSuchTableError):
            self.catalog.drop_table((NAMESPACE, self.name))
        self.table = None

    @property
    def anew(self) -> str:
        """Return the command that begins again."""
        return f"python -m warehouse export --anew --mart {self.name}"

    def went_back(self, what: str) -> WarehouseError:
        """Return the sentence for a table that can't be gone on with."""
        return WarehouseError(
            f"{self.name} can't be exported into {self.location}, since {what}: "
            f"write it whole with {self.anew}"
        )

    @property
    def properties(self) -> Mapping[str, str]:
        """Return the table's properties."""
        return self.table.properties if self.table else {}

    @property
    def types(self) -> dict[str, IcebergType]:
        """Return its columns' types."""
        fields = self.table.schema().fields if self.table else ()
        return {field.name: field.field_type for field in fields}

    @property
    def partitions(self) -> Partitions:
        """Return how it is divided."""
        for field in self.table.spec().fields if self.table else ():
            column = self.table.schema().find_column_name(field.source_id)
            return Partitions(column, field.name.removeprefix(f"{column}_"))
        return Partitions()

    def begin(
        self, mart: Mart, types: Mapping[str, IcebergType], parts: Partitions
    ) -> Transaction:
        """Begin what becomes one commit, with the schema and the partitions wanted."""
        if self.table is None:
            schema = Schema(
                *(
                    NestedField(number, column.name, types[column.name], required=False)
                    for number, column in enumerate(mart.columns, 1)
                )
            )
            return self.catalog.create_table_transaction(
                *((NAMESPACE, self.name), schema, self.location, parts.spec(schema)),
                properties=PROPERTIES,
            )
        begun = self.table.transaction()
        self._change_schema(begun, types)
        if parts != self.partitions:
            with begun.update_spec() as spec:
                for field in self.table.spec().fields:
                    spec.remove_field(field.name)
                if parts.column:
                    transform = TRANSFORMS[parts.grain]()
                    spec.add_field(parts.column, transform, parts.field)
        return begun

    def _change_schema(
        self, begun: Transaction, types: Mapping[str, IcebergType]
    ) -> None:
        before = self.types
        if before == types:
            return
        if self.partitions.column and before[self.partitions.column] != types.get(
            self.partitions.column
        ):
            raise self.went_back(f"{self.partitions.column} is another column now")
        with begun.update_schema(allow_incompatible_changes=True) as schema:
            for name, held in before.items():
                if name not in types or not is_widened(held, types[name]):
                    schema.delete_column(name)
                elif held != types[name]:
                    schema.update_column(name, types[name])
            for name, wanted in types.items():
                if name not in before or not is_widened(before[name], wanted):
                    schema.add_column(name, wanted)

    def files(self) -> list[DataFile]:
        """Return the newest snapshot's files of rows."""
        snapshot = self.table.current_snapshot() if self.table else None
        try:
            return [
                entry.data_file
                for manifest in (snapshot.manifests(self.table.io) if snapshot else ())
                for entry in manifest.fetch_manifest_entry(self.table.io)
            ]
        except FileNotFoundError as error:
            raise self.went_back("its files are gone") from error

    def commit(
        self,
        begun: Transaction,
        added: Iterable[DataFile],
        gone: Iterable[DataFile],
        notes: Mapping[str, str],
    ) -> None:
        """Make one snapshot of what was written, and note in it how far it is."""
        has_parent = begun.table_metadata.current_snapshot() is not None
        snapshot = _Snapshot(
            Operation.OVERWRITE if has_parent else Operation.APPEND,
            *(begun, begun._table.io),  # noqa: SLF001 - as pyiceberg itself does
            snapshot_properties=dict(notes),
        )
        for file in added:
            snapshot.append_data_file(file)
        for file in gone:
            snapshot.delete_data_file(file)
        snapshot.commit()
        begun.set_properties(**notes)
        self.close(begun)

    def close(self, begun: Transaction) -> None:
        """Commit, and lead those who open the folder there."""
        if self.is_to_be_swept:
            begun.set_properties(**{SWEPT: datetime.now(UTC).isoformat()})
            ExpireSnapshots(begun).older_than(datetime.now(UTC) - KEPT).commit()
        self.table = begun.commit_transaction()
        self.point()

    @property
    def is_to_be_swept(self) -> bool:
        """Say whether the last sweep is a day ago."""
        last = self.properties.get(SWEPT)
        return not last or datetime.now(UTC) - datetime.fromisoformat(last) > KEPT

    def point(self) -> None:
        """Write the hint, unless it is right: a kill may have come before it."""
        wanted = _version_of(self.table.metadata_location)
        if self._hint() != wanted:
            with self._hint_file().create(overwrite=True) as stream:
                stream.write(wanted.encode())

    def _hint(self) -> str | None:
        try:
            with (
                load_file_io(self.catalog.properties, self.location)
                .new_input(f"{self.location}/{HINT}")
                .open() as stream
            ):
                return stream.read().decode()
        except FileNotFoundError:
            return None

    def _hint_file(self):  # noqa: ANN202 - pyiceberg's own
        return self.table.io.new_output(f"{self.location}/{HINT}")


class _Snapshot(_OverwriteFiles):
    """An overwrite whose manifests stay three, however many commits came before."""

    def _existing_manifests(self) -> list[ManifestFile]:
        parent = self._transaction.table_metadata.current_snapshot()
        kept: dict[int, list[ManifestEntry]] = {}
        for manifest in parent.manifests(self._io) if parent else ():
            for entry in manifest.fetch_manifest_entry(self._io, discard_deleted=True):
                if entry.data_file not in self._deleted_data_files:
                    kept.setdefault(manifest.partition_spec_id, []).append(entry)
        written = []
        for spec_id, entries in kept.items():
            with self.new_manifest_writer(self.spec(spec_id)) as writer:
                for entry in entries:
                    writer.add_entry(
                        ManifestEntry.from_args(
                            status=ManifestEntryStatus.EXISTING,
                            snapshot_id=entry.snapshot_id,
                            sequence_number=entry.sequence_number,
                            file_sequence_number=entry.file_sequence_number,
                            data_file=entry.data_file,
                        )
                    )
            written.append(writer.to_manifest_file())
        return written


def arrow_schema(begun: Transaction, mart: Mart) -> pa.Schema:
    """Return the schema of files, with Iceberg's field ids, in the mart's order."""
    known = schema_to_pyarrow(begun.table_metadata.schema())
    return pa.schema([known.field(column.name) for column in mart.columns])


def write(
    begun: Transaction, parts: Partitions, rows: Iterable[pa.RecordBatch]
) -> Iterator[DataFile]:
    """Write rows, which come partition by partition, and yield the files."""
    writer = None
    for batch in _of_one_partition(parts, rows):
        if writer and (writer.bucket != batch.bucket or writer.rows >= FILE):
            yield writer.close()
            writer = None
        writer = writer or _Writer(begun, parts, batch.bucket)
        writer.add(batch.rows)
    if writer:
        yield writer.close()


class _Writer:
    """A file of one partition while it is written, a row group at a time."""

    def __init__(self, begun: Transaction, parts: Partitions, bucket: int) -> None:
        self.begun, self.parts, self.bucket = begun, parts, bucket
        self.metadata = begun.table_metadata
        self.rows, self.waiting, self.held = 0, 0, []
        name = f"{uuid.uuid4()}.parquet"
        if parts.column:
            name = f"{parts.field}={parts.start(bucket):%Y-%m-%d}/{name}"
        self.output = self._io.new_output(f"{self.metadata.location}/data/{name}")
        self.stream = self.output.create(overwrite=True)
        self.file: pq.ParquetWriter | None = None

    @property
    def _io(self) -> FileIO:
        return self.begun._table.io  # noqa: SLF001 - as pyiceberg itself does

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows, and write them once there are enough for a row group."""
        self.held.append(rows)
        self.waiting += rows.num_rows
        self.rows += rows.num_rows
        if self.waiting >= ROW_GROUP:
            self._flush()

    def close(self) -> DataFile:
        """Finish the file; return what a manifest says of it."""
        if self.held:
            self._flush()
        self.file.close()
        self.stream.close()
        spec, schema = self.metadata.spec(), self.metadata.schema()
        statistics = data_file_statistics_from_parquet_metadata(
            self.file.writer.metadata,
            compute_statistics_plan(schema, self.metadata.properties),
            parquet_path_to_id_mapping(schema),
        )
        partition = statistics.partition(spec, schema)
        if spec.fields and partition[0] != self.bucket:
            raise AssertionError(f"{partition[0]} is not the partition {self.bucket}")
        return DataFile.from_args(
            content=DataFileContent.DATA,
            file_path=self.output.location,
            file_format=FileFormat.PARQUET,
            partition=partition,
            file_size_in_bytes=len(self.output),
            sort_order_id=None,
            spec_id=self.metadata.default_spec_id,
            equality_ids=None,
            key_metadata=None,
            **statistics.to_serialized_dict(),
        )

    def _flush(self) -> None:
        rows = pa.Table.from_batches(self.held)
        if self.file is None:
            words = [
                field.name
                for field in rows.schema
                if pa.types.is_large_string(field.type)
            ]
            self.file = pq.ParquetWriter(
                *(self.stream, rows.schema),
                compression="zstd",
                use_dictionary=words,  # numbers and times seldom repeat
                store_decimal_as_integer=True,
            )
        self.file.write_table(rows)
        self.held, self.waiting = [], 0


def _of_one_partition(
    parts: Partitions, rows: Iterable[pa.RecordBatch]
) -> Iterator[Batch]:
    for batch in rows:
        start = 0
        runs = pa.compute.run_end_encode(parts.of(batch))
        for end, bucket in zip(
            runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True
        ):
            yield Batch(bucket, batch.slice(start, end - start))
            start = end


def _version_of(path: str) -> str:
    return Path(path).name.removesuffix(".metadata.json")
