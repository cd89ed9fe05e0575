"""Files of KEY='value' lines, in which one marked block is ours.

Bash (`set -a; . ./.env`), python-dotenv (dbt) and Dagster read them alike. The
block comes first, so that a line of the user's own, further down, wins.
"""

import io
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from warehouse.errors import WarehouseError

OPENING = "# >>> tickhouse: written by `python -m warehouse`, changes here are lost >>>"
CLOSING = "# <<< tickhouse: lines of your own go below and win <<<"


class Parts(NamedTuple):
    """What the block says and what the user's own lines say."""

    block: dict[str, str]
    lines: dict[str, str]


def read(path: Path) -> Parts:
    """Return both parts of a file; both are empty where there is none.

    Raises WarehouseError for a block that has lost one of its marks.
    """
    parts = _parts(*_split(path))
    return Parts(block={**parts.block}, lines={**parts.lines})


def write_block(path: Path, values: Mapping[str, str]) -> None:
    """Replace the block, keep every other line, leave the file to its owner alone.

    Without values the block goes, and the file too if nothing else was in it.
    Raises WarehouseError for a value that bash and dotenv would read differently.
    """
    _, lines = _split(path)
    block = [f"{name}={quoted(name, value)}" for name, value in values.items()]
    ours = "\n".join([OPENING, *block, CLOSING, ""]) if values else ""
    if ours or lines:
        replace(path, ours + lines)
    else:
        path.unlink(missing_ok=True)


def quoted(name: str, value: str) -> str:
    """Return the value in quotes that mean the same to bash and to dotenv."""
    if not any(mark in value for mark in ("'", "\\", "${", "\n", "\r")):
        return f"'{value}'"
    if not any(mark in value for mark in ('"', "\\", "$", "`", "\n", "\r")):
        return f'"{value}"'
    raise WarehouseError(
        f"The value of {name} can't be written to an env file, since bash and dotenv "
        "would read its quotes, backslashes or dollars differently: choose another."
    )


def replace(path: Path, text: str) -> None:
    """Write a private file (0600) in one step, so that no reader sees half of it."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        if os.geteuid() == 0 and path.exists():
            before = path.stat()
            os.chown(name, before.st_uid, before.st_gid)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _split(path: Path) -> tuple[str, str]:
    """Return the text of the block, without its marks, and all other text."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "", ""
    before, opening, rest = text.partition(OPENING + "\n")
    block, closing, after = rest.partition(CLOSING + "\n")
    if not opening and CLOSING not in text:
        return "", text
    if not closing:
        raise WarehouseError(
            f"{path} has only one of the two marks around Tickhouse's block: remove "
            "that block, then run: python -m warehouse start"
        )
    return block, before + after


@lru_cache(maxsize=8)
def _parts(block: str, lines: str) -> Parts:
    """Parse a text once: settings are asked for a hundred times a run."""
    whole = _values(block + lines)
    return Parts(
        block=_values(block),
        lines={name: whole[name] for name in _values(lines)},
    )


def _values(text: str) -> dict[str, str]:
    from dotenv import dotenv_values

    found = dotenv_values(stream=io.StringIO(text))
    return {name: value for name, value in found.items() if value is not None}
