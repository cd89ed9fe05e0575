"""One PostgreSQL data directory: made, served, left."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.account import Account, private_folder, remove
from warehouse.errors import WarehouseError
from warehouse.postgres import binaries, postmaster
from warehouse.postgres.configuration import ACCESS, postgresql_conf
from warehouse.waiting import PATIENCE, waiting_for


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
                f"{binaries.major()} is installed: with {found} installed again, run "
                "python -m warehouse backup FILE; with the new one, "
                "python -m warehouse reset, start, and restore FILE"
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
        with self._guarded() as handle, waiting_for("the server to start"):
            started = self._run(
                *("pg_ctl", "start", "-w", "-s", "-t", str(PATIENCE), "-D", self.data),
                *("-l", self.folder / "start.log"),
                *("-o", f"-c config_file='{settings}'"),
                keep=(handle,),
            )
        return started.returncode == 0

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back."""
        for mode in ("fast", "immediate"):
            with waiting_for("the server to stop"):
                stopped = self._run(
                    *("pg_ctl", "stop", "-w", "-s", "-t", str(PATIENCE)),
                    *("-m", mode, "-D", self.data),
                )
            if not postmaster.runs(self.data):
                return
        raise WarehouseError(f"The server did not stop: {_last(stopped.stderr)}")

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

    def _run(self, program: str, *words: str | Path, keep: tuple[int, ...] = ()):  # noqa: ANN202 - as Account.run
        programs = binaries.runnable(self.home, self.account)
        return self.account.run(programs / program, *words, cwd=self.folder, keep=keep)

    @contextmanager
    def _guarded(self) -> Iterator[int]:
        """Lock the home for as long as the server, which inherits the handle, runs.

        systemd-tmpfiles clears /var/tmp of what wasn't used for a month, but leaves a
        locked folder alone.
        """
        handle = os.open(self.home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield handle
        finally:
            os.close(handle)

    def _write(self, name: str, text: str) -> Path:
        """Write a file that the server may read and not change."""
        path = self.home / name
        remove(path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o640)
        os.chown(path, -1, self.account.gid)
        os.fchmod(handle, 0o640)  # whatever our umask took away
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
