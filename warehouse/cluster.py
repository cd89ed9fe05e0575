"""One PostgreSQL data directory and the server process that runs on it."""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import binaries
from warehouse.account import Account, private_folder, remove
from warehouse.configuration import ACCESS, postgresql_conf
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import psutil

PATIENCE = 600
"""Seconds for a start: a crash recovery replays up to max_wal_size."""


class Cluster:
    """The server's files beneath `home`, which is ours; `server/` is the server's."""

    def __init__(self, home: Path, account: Account) -> None:
        self.home = home
        self.account = account
        self.folder = home / "server"
        self.data = self.folder / "data"

    def exists(self) -> bool:
        """Say whether initdb once came to its end here."""
        return (self.data / "PG_VERSION").exists()

    def check(self) -> None:
        """Raise WarehouseError unless the data are of our version and our user's."""
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != binaries.major():
            raise WarehouseError(
                f"The data in {self.data} were written by PostgreSQL {found}, and "
                f"{binaries.major()} is installed: dump them with {found} and load "
                "them here, or start over with python -m warehouse reset"
            )
        if self.data.stat().st_uid != self.account.uid:
            raise WarehouseError(
                f"The data in {self.data} belong to another user than "
                f"{self.account.name}: run this as the user who started it first, or "
                "set WAREHOUSE_DIR to another folder."
            )

    def initialise(self, password: str, lock: int) -> None:
        """Run initdb beside the final place and move it there once it is whole.

        Its process keeps `lock`: should we be killed, nobody starts in between.
        """
        private_folder(self.folder, self.account.uid)
        for left in (*self.folder.glob("draft-*"), *self.folder.glob("secret-*")):
            remove(left)
        draft = Path(tempfile.mkdtemp(dir=self.folder, prefix="draft-"))
        handle, secret = tempfile.mkstemp(dir=self.folder, prefix="secret-")
        try:
            with open(handle, "w") as stream:
                stream.write(password)
            for path in (draft, secret):
                os.chown(path, self.account.uid, self.account.gid)
            done = self._run("initdb", *_initdb(draft, Path(secret)), keep=(lock,))
        finally:
            remove(Path(secret))
        if done.returncode:
            remove(draft)
            raise WarehouseError(
                f"PostgreSQL's data directory could not be made: {_last(done.stderr)}"
            )
        draft.rename(self.data)

    def launch(self, port: int) -> bool:
        """Start the server and wait until it answers; say whether it did."""
        logs = self.folder / "log"
        private_folder(logs, self.account.uid)
        access = self._write("pg_hba.conf", ACCESS)
        settings = self._write("postgresql.conf", postgresql_conf(port, access, logs))
        started = self._run(
            *("pg_ctl", "start", "-w", "-s", "-t", str(PATIENCE), "-D", self.data),
            *("-l", self.folder / "start.log"),
            *("-o", f"-c config_file='{settings}'"),
        )
        return started.returncode == 0

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back."""
        for mode in ("fast", "immediate"):
            stopped = self._run(
                *("pg_ctl", "stop", "-w", "-s", "-t", "120"),
                *("-m", mode, "-D", self.data),
            )
            if self.postmaster() is None:
                return
        raise WarehouseError(f"The server did not stop: {_last(stopped.stderr)}")

    def postmaster(self) -> "psutil.Process | None":
        """Return the process that serves these data.

        The number in postmaster.pid alone proves nothing: it outlives a kill -9 and
        a reboot, and may then be anybody's.
        """
        import psutil

        try:
            process = psutil.Process(int(self._pid_lines()[0]))
            serves = self._is_here(process) and "-D" in process.cmdline()
        except (IndexError, ValueError, psutil.Error):
            return None
        return process if serves else None

    def is_ready(self) -> bool:
        """Say whether the server takes connections."""
        lines = self._pid_lines()
        return (
            self.postmaster() is not None
            and len(lines) > 7
            and lines[7].strip() == "ready"
        )

    def wait(self) -> bool:
        """Wait for a server that somebody else is starting; say whether it answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.postmaster() is not None:
            if self.is_ready():
                return True
            time.sleep(0.05)
        return False

    def clear_wreckage(self) -> None:
        """End what a killed server left behind, so that a new one starts.

        Its orphans could only finish what nobody waits for, and the log makes up for
        them. A pid file goes only if it is unreadable or its number is another
        process's now; else PostgreSQL's own check of it is the better one.
        """
        import psutil

        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or self.postmaster() is not None:
            return
        orphans = [found for found in psutil.process_iter() if self._is_here(found)]
        for orphan in orphans:
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
        psutil.wait_procs(orphans, timeout=10)
        number = next(iter(self._pid_lines()), "").strip()
        if not number.isdigit() or psutil.pid_exists(int(number)):
            remove(pid_file)

    def complaint(self) -> str:
        """Return the last error that the server logged."""
        logs = [self.folder / "start.log", *self.folder.glob("log/*.log")]
        logs = sorted((log for log in logs if log.exists()), key=_modified)
        lines = [
            line
            for log in logs
            for line in log.read_text(errors="replace").splitlines()
            if "FATAL" in line or "could not" in line
        ]
        return lines[-1] if lines else f"see {self.folder / 'start.log'}"

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _is_here(self, process: "psutil.Process") -> bool:
        """Say whether it is a PostgreSQL process of these data (all work in them)."""
        import psutil

        try:
            return process.name() == "postgres" and process.cwd() == os.path.realpath(
                self.data
            )
        except psutil.Error:
            return False

    def _run(self, program: str, *words: str | Path, keep: tuple[int, ...] = ()):  # noqa: ANN202 - as Account.run
        programs = binaries.runnable(self.home, self.account)
        return self.account.run(programs / program, *words, cwd=self.folder, keep=keep)

    def _write(self, name: str, text: str) -> Path:
        """Write a file that the server may read and not change."""
        path = self.home / name
        remove(path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o640)
        os.chown(path, -1, self.account.gid)
        with open(handle, "w") as stream:
            stream.write(text)
        return path


def _initdb(data: Path, secret: Path) -> tuple[str, ...]:
    """Return initdb's options: the locale is the same on every machine."""
    return (
        *("-D", str(data), "--username=admin", f"--pwfile={secret}"),
        *("--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"),
    )


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"


def _modified(path: Path) -> float:
    return path.stat().st_mtime
