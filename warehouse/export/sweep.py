"""Files that nobody names any more: of killed exports and of snapshots that expired."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pyarrow.fs import FileSelector, FileSystem, FileType
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import Table

from warehouse.export.tables import HINT, KEPT


def sweep(table: Table) -> int:
    """Delete them, a day after they were written; return how many there were.

    The caller holds the lock: what an export under way writes is younger than a day.
    """
    files, root = _folder(table)
    named = {_path(path) for path in _named(table)}
    before = datetime.now(UTC) - KEPT
    gone = [
        found.path
        for found in files.get_file_info(FileSelector(root, recursive=True))
        if found.type == FileType.File
        and found.path not in named
        and found.mtime < before
    ]
    for path in gone:
        files.delete_file(path)
    return len(gone)


def _folder(table: Table) -> tuple[FileSystem, str]:
    location = table.location()
    scheme, netloc, path = PyArrowFileIO.parse_location(location)
    return table.io.fs_by_scheme(scheme, netloc), path


def _path(location: str) -> str:
    return PyArrowFileIO.parse_location(location)[2]


def _named(table: Table) -> Iterator[str]:
    """Yield all files that a reader of the table may ask for."""
    yield f"{table.location()}/{HINT}"
    yield table.metadata_location
    for entry in table.metadata.metadata_log:
        yield entry.metadata_file
    seen = set()
    for snapshot in table.snapshots():
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path in seen:
                continue
            seen.add(manifest.manifest_path)
            yield manifest.manifest_path
            for entry in manifest.fetch_manifest_entry(table.io):
                yield entry.data_file.file_path
