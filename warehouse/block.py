"""The lines that a warehouse gives to shells, dbt and Dagster through an env file."""

from pathlib import Path

from warehouse import env_file, settings, state


def write(directory: Path, credentials: dict[str, str]) -> None:
    """Write the block of a WAREHOUSE_DIR anew, with what was remembered in it.

    The main `.env` doesn't name WAREHOUSE_DIR, lest it overrides an exported one.
    """
    values = {**credentials, **settings.folders(directory), **settings.SWITCHES}
    if settings.is_default(directory):
        del values["WAREHOUSE_DIR"]
    path = settings.env_path(directory)
    before = env_file.read(path).block
    values |= {name: before[name] for name in before if name not in settings.OWNED}
    if before != values or path.stat().st_mode & 0o077:
        env_file.write_block(path, values)


def remember(**values: str) -> None:
    """Put further lines into the warehouse's block, until `forget` or `reset`."""
    directory = settings.warehouse_dir()
    with state.exclusive(directory):
        path = settings.env_path(directory)
        env_file.write_block(path, {**env_file.read(path).block, **values})


def forget(*names: str) -> None:
    """Take remembered lines out of the warehouse's block."""
    directory = settings.warehouse_dir()
    with state.exclusive(directory):
        path = settings.env_path(directory)
        block = env_file.read(path).block
        kept = {name: block[name] for name in block if name not in names}
        env_file.write_block(path, kept)
