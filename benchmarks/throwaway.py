"""A warehouse and a stand-in for one run, that leave nothing behind."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

import warehouse
from benchmarks.child import say

SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
FOREIGN = (
    *("PG", "WAREHOUSE", "LOADER_", "READER_", "LOG_", "DLT_", "DBT_", "DAGSTER_"),
    *("SOURCES__", "DESTINATION__", "RUNTIME__", "LOAD__", "NORMALIZE__"),
)
"""Settings of the caller that must not reach what is measured."""
LIMITS = {"weight": 10**9, "seconds": 1}
"""The ingestion spares a limit by what the exchange says is used in its window."""
SENT = """
select coalesce(sum(calls), 0)::bigint
from public.pg_stat_statements
where userid in (select oid from pg_roles where rolname in ('loader', 'transformer'))
"""


@dataclass(frozen=True)
class Rig:
    """Where all happens: the folder, and the address of Binance's stand-in."""

    folder: Path
    binance: str

    def empty(self) -> None:
        """Make the database anew, with nothing to write out, and forget dlt's state."""
        with closing(warehouse.connect("admin", database="postgres")) as admin:
            admin.autocommit = True
            with admin.cursor() as cursor:
                cursor.execute("drop database if exists tickhouse with (force)")
        self.provision()
        for folder in self.folder.glob("dlt*"):
            shutil.rmtree(folder)
        self.settle()

    def provision(self) -> None:
        """Make what is missing of the database, its schemas and grants."""
        with closing(warehouse.connect("admin", database="postgres")) as admin:
            admin.autocommit = True
            warehouse.provision(admin)

    def settle(self) -> None:
        """Write out what earlier steps left dirty, so that the next doesn't pay."""
        self.administer("checkpoint")

    def server_seconds(self) -> float:
        """Return the CPU seconds that the server has taken so far."""
        with closing(warehouse.connect("admin")) as admin:
            return cpu_seconds(psutil.Process(admin.info.backend_pid).ppid())

    def forget_statements(self) -> None:
        """Begin to count statements and what they took from nought."""
        self.administer("select public.pg_stat_statements_reset()")

    def statements(self) -> int:
        """Return how many loader and transformer sent since."""
        return self.administer(SENT)[0][0]

    def administer(self, *statements: str) -> list[tuple]:
        """Run statements as the superuser; return the rows of the last."""
        with closing(warehouse.connect("admin")) as admin, admin.cursor() as cursor:
            admin.autocommit = True
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of all that it began, gone or not."""
    whole = psutil.Process(pid)
    seconds = 0.0
    for process in (whole, *whole.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            seconds += sum(process.cpu_times()[:4])
    return seconds


@contextmanager
def throwaway() -> Iterator[Rig]:
    """Run an embedded warehouse of the project's own settings, and a stand-in.

    The environment of this process and its children leads to them. Afterwards both
    are gone, also after Ctrl-C.
    """
    folder = Path(tempfile.mkdtemp(prefix="tickhouse-bench-"))
    folder.chmod(0o755)  # the server's user is another one if we are root
    try:
        with _stand_in(folder) as url:
            _lead_to(folder, url)
            say(f"Starting a warehouse in {folder}")
            warehouse.start()
            warehouse.activate()
            yield Rig(folder, f"{url}/binance")
    finally:
        if os.environ.get("WAREHOUSE_DIR") == str(folder / "warehouse"):
            warehouse.reset()
        shutil.rmtree(folder)


@contextmanager
def _stand_in(folder: Path) -> Iterator[str]:
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "sandbox", "--port", "0"],
        cwd=warehouse.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            url = process.stdout.readline().split()[-1]
            order = {"system": "binance", "limits": LIMITS}
            answer = requests.post(f"{url}/_control", json=order, timeout=600)
            answer.raise_for_status()
            yield url
        finally:
            process.kill()


def _lead_to(folder: Path, url: str) -> None:
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(
        WAREHOUSE="embedded",
        WAREHOUSE_DIR=str(folder / "warehouse"),
        DLT_DATA_DIR=str(folder / "dlt"),
        SOURCES__BINANCE__BASE_URL=f"{url}/binance",
        SOURCES__BINANCE__SYMBOLS=str(list(SYMBOLS)).replace("'", '"'),
    )
