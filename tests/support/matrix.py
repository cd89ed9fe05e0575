"""What was tried on each system and what became of it, as one table a matrix."""

from collections.abc import Iterable, Iterator

from ingestion.sources import SYSTEMS

PROPERTY = "matrix"
EMPTY = "EMPTY"
Matrices = dict[str, dict[str, dict[str, object]]]


def matrices(reports: Iterable[object]) -> Matrices:
    """Return cells by matrix, fault and system, as tests recorded them.

    A test records `(matrix, fault, system, cell)`.
    """
    cells: Matrices = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                matrix, fault, system, cell = value
                cells.setdefault(matrix, {}).setdefault(fault, {})[system] = cell
    return cells


def lines(cells: Matrices) -> Iterator[str]:
    """Return the matrices' lines, a fault a row; a cell without a record is EMPTY."""
    for matrix, rows in sorted(cells.items()):
        columns = [s for s in SYSTEMS if any(s in row for row in rows.values())]
        width = max(map(len, rows)) + 2
        yield ""
        yield f"{matrix:{width}}" + "".join(f"{s:>14}" for s in columns)
        for fault, row in rows.items():
            yield f"{fault:{width}}" + "".join(
                f"{row.get(s, EMPTY):>14}" for s in columns
            )


def has_empty(cells: Matrices) -> bool:
    """Whether a fault was tried on some systems of its matrix alone."""
    return any(EMPTY in line for line in lines(cells))
