"""The stand-ins in the background: what is asked as long as no base URL is set."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests

import warehouse

STAND_INS = {
    "binance": {"BASE_URL": "{url}/binance"},
    "plant": {"BASE_URL": "{url}/plant", "TURBINES": '["T01", "T02"]'},
    "ecb": {"BASE_URL": "{url}/ecb"},
    "xe": {"BASE_URL": "{url}/xe", "API_ID": "stand-in", "API_KEY": "stand-in"},
    "coinmarketcap": {"BASE_URL": "{url}/coinmarketcap", "API_KEY": "stand-in"},
    "cryptocompare": {"BASE_URL": "{url}/cryptocompare", "API_KEY": "stand-in"},
    "ethereum": {"BASE_URL": "{url}/ethereum"},
    "loans": {"FOLDER": str(warehouse.ROOT / "sandbox" / "loans")},
}
"""What leads each system to its stand-in. The first setting says which is asked."""


def start() -> str | None:
    """Start the stand-ins where they don't run; give their address.

    They stand in for each system that the settings give no address of its own. Null,
    and nothing started, where there is none.
    """
    known = _known()
    ours = [system for system in STAND_INS if _is_ours(system, known)]
    if not ours:
        return None
    if not _process(known):
        known = _spawn(known.get("port", 0))
    warehouse.remember(
        **{
            name: value
            for system in ours
            for name, value in _settings(system, known["url"]).items()
        }
    )
    return known["url"]


def stop() -> None:
    """Stop the stand-ins, if they run, and forget their addresses."""
    process = _process(_known())
    if process:
        process.terminate()
        with warehouse.waiting_for("the stand-ins to stop"):
            _, left = psutil.wait_procs([process], timeout=warehouse.PATIENCE)
        for each in left:
            each.kill()
    warehouse.forget(*[name for system in STAND_INS for name in _settings(system)])


def _is_ours(system: str, known: dict[str, object]) -> bool:
    name, value = next(iter(_settings(system, str(known.get("url"))).items()))
    return warehouse.environment().get(name, value) == value


def _settings(system: str, url: str = "") -> dict[str, str]:
    return {
        f"SOURCES__{system}__{name}".upper(): value.replace("{url}", url)
        for name, value in STAND_INS[system].items()
    }


def series(url: str) -> dict[tuple[str, str], str]:
    """Give, for each series that has a stand-in, `recorded` or `generated`."""
    answer = asked(requests.get, f"{url}/_control/series").json()
    answer.append({"system": "loans", "key": "four files", "origin": "generated"})
    return {
        (one["system"], one["key"]): one["origin"]
        for one in answer
        if _is_ours(one["system"], _known())
    }


def asked(
    method: Callable[..., requests.Response], url: str, **options: object
) -> requests.Response:
    """Give what the stand-ins answer to an order, however long they take.

    Raises WarehouseError if they end meanwhile, or refuse.
    """
    try:
        with warehouse.waiting_for("the stand-ins to answer"):
            answer = method(url, timeout=warehouse.PATIENCE, **options)
            answer.raise_for_status()
    except requests.RequestException as error:
        raise warehouse.WarehouseError(
            f"The stand-ins did not answer {url} ({type(error).__name__}): if they "
            "have ended, the same command starts them anew."
        ) from error
    return answer


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
    with warehouse.waiting_for("the stand-ins to start"):
        _wait_until_ready(process, log)
    url = log.read_text().split()[-1]
    known = {
        "pid": process.pid,
        "born": psutil.Process(process.pid).create_time(),
        "url": url,
        "port": int(url.rsplit(":", 1)[1]),
    }
    _file().write_text(json.dumps(known))
    return known


def _wait_until_ready(process: subprocess.Popen, log: Path) -> None:
    """Wait for as long as a process lives; raise WarehouseError if it ends."""
    deadline = time.monotonic() + warehouse.PATIENCE
    while "ready at" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said = (log.read_text().strip().splitlines() or ["they said nothing"])[-1]
            raise warehouse.WarehouseError(
                f"The stand-ins did not start ({said}): see {log}, then try again."
            )
        time.sleep(0.05)


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
