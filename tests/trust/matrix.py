"""What was tried on each system and what became of it, as one table."""

from collections.abc import Iterable

from ingestion.ingest import SYSTEMS

PROPERTY = "matrix"


def shown(reports: Iterable[object]) -> list[str]:
    """Give the lines of the matrices that tests recorded: a fault a row.

    A test records `(matrix, fault, system, cell)`; a cell that nobody recorded shows
    as a question mark.
    """
    cells = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                matrix, fault, system, cell = value
                cells.setdefault(matrix, {}).setdefault(fault, {})[system] = cell
    lines = []
    for matrix, rows in sorted(cells.items()):
        columns = [s for s in SYSTEMS if any(s in row for row in rows.values())]
        width = max(map(len, rows)) + 2
        lines += ["", f"{matrix:{width}}" + "".join(f"{s:>14}" for s in columns)]
        for fault, row in rows.items():
            lines.append(
                f"{fault:{width}}" + "".join(f"{row.get(s, '?'):>14}" for s in columns)
            )
    return lines
