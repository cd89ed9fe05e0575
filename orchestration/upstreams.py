"""The stand-ins in the background: what is asked as long as no base URL is set."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

import warehouse

BASE_URLS = {"SOURCES__BINANCE__BASE_URL": "binance"}


def start() -> str | None:
    """Start the stand-ins where they don't run; give their address.

    Null, and nothing started, where the settings name an API of their own.
    """
    known = _known()
    ours = {f"{known.get('url')}/{system}" for system in BASE_URLS.values()}
    if any(warehouse.environment().get(name, *ours) not in ours for name in BASE_URLS):
        return None
    if not _process(known):
        known = _spawn(known.get("port", 0))
    names = {name: f"{known['url']}/{system}" for name, system in BASE_URLS.items()}
    warehouse.remember(**names)
    return known["url"]


def stop() -> None:
    """Stop the stand-ins, if they run, and forget their addresses."""
    process = _process(_known())
    if process:
        process.terminate()
        process.wait(10)
    warehouse.forget(*BASE_URLS)


def series(url: str) -> dict[str, str]:
    """Give, for each series of the stand-ins, `recorded` or `generated`."""
    answer = requests.get(f"{url}/_control/series", timeout=10).json()
    return {one["key"]: one["origin"] for one in answer}


def _spawn(port: int) -> dict[str, object]:
    log = warehouse.warehouse_dir() / "sandbox.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "sandbox", "--port", str(_free(port))],
            cwd=warehouse.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + 30
    while "ready at" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The stand-ins did not start; see {log}.")
        time.sleep(0.05)
    url = log.read_text().split()[-1]
    known = {
        "pid": process.pid,
        "born": psutil.Process(process.pid).create_time(),
        "url": url,
        "port": int(url.rsplit(":", 1)[1]),
    }
    _file().write_text(json.dumps(known))
    return known


def _free(port: int) -> int:
    """Give the port, or 0, any, where another program has taken it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _process(known: dict[str, object]) -> psutil.Process | None:
    """Give the running stand-ins; a pid that another program got since is not them."""
    try:
        process = psutil.Process(known["pid"])
    except (KeyError, psutil.NoSuchProcess):
        return None
    is_ours = abs(process.create_time() - known["born"]) < 1
    return process if is_ours and process.is_running() else None


def _known() -> dict[str, object]:
    return json.loads(_file().read_text()) if _file().exists() else {}


def _file() -> Path:
    return warehouse.warehouse_dir() / "sandbox.json"
