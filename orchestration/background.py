"""Our own servers in the background: started once, found again, stopped."""

import json
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

import warehouse

READY = re.compile(r"ready at (\S+)")


@dataclass(frozen=True)
class Background:
    """A module with `--port` that prints `ready at <url>`; `called` is for a person."""

    module: str
    called: str
    port: int = 0

    def known(self) -> dict[str, object]:
        """Return pid, birth, url and port of the last that was started."""
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def url(self) -> str | None:
        """Return where it answers, if it runs."""
        known = self.known()
        return str(known["url"]) if _process(known) else None

    def start(self) -> str:
        """Start it where it does not run; return its address.

        It gets the port that it had, else its usual one, else any that is free; also
        where another program, such as that of another checkout, takes it meanwhile.
        """
        found = self.url()
        if found:
            return found
        port = _free(int(self.known().get("port", self.port)))
        try:
            return self._start(port)
        except warehouse.WarehouseError:
            if _free(port) == port:
                raise
            return self._start(0)

    def stop(self) -> None:
        """Stop it, if it runs."""
        process = _process(self.known())
        if process is None:
            return
        process.terminate()
        with warehouse.waiting_for(f"{self.called} to stop"):
            _, left = psutil.wait_procs([process], timeout=warehouse.PATIENCE)
        for each in left:
            each.kill()

    @property
    def _file(self) -> Path:
        return warehouse.warehouse_dir() / f"{self.module}.json"

    def _start(self, port: int) -> str:
        """Start it at a port, and remember it; raise WarehouseError where it ends."""
        log = self._file.with_suffix(".log")
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", self.module, "--port", str(port)],
                cwd=warehouse.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        with warehouse.waiting_for(f"{self.called} to start"):
            url = self._ready(process, log)
        known = {
            "pid": process.pid,
            "born": psutil.Process(process.pid).create_time(),
            "url": url,
            "port": int(url.rsplit(":", 1)[1]),
        }
        self._file.write_text(json.dumps(known))
        return url

    def _ready(self, process: subprocess.Popen, log: Path) -> str:
        """Wait for as long as a process lives; raise WarehouseError if it ends."""
        deadline = time.monotonic() + warehouse.PATIENCE
        while not (ready := READY.search(log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                lines = log.read_text().strip().splitlines()
                said = lines[-1] if lines else "nothing was said"
                raise warehouse.WarehouseError(
                    f"{self.called.capitalize()} did not start ({said}): see {log}, "
                    "then try again."
                )
            time.sleep(0.05)
        return ready[1]


def _free(port: int) -> int:
    """Return the port, or 0, any, where another program has taken it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _process(known: dict[str, object]) -> psutil.Process | None:
    """Return what runs; a pid that another program got since is not it."""
    try:
        process = psutil.Process(known["pid"])
    except (KeyError, psutil.NoSuchProcess):
        return None
    is_ours = abs(process.create_time() - known["born"]) < 1
    is_alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return process if is_ours and is_alive else None


SANDBOX = Background("sandbox", "the stand-ins")
SERVING = Background("serving", "the service", 8000)
