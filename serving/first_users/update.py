"""The manual update of rates: Dagster's job `rates`, as a process of its own."""

import asyncio
import ipaddress
import math
import os
import re
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

import warehouse
from serving.answers import encode
from serving.first_users import TAGS
from serving.refusals import NO_STORE, Refusal
from warehouse.pages import is_of_another_site

router = APIRouter(prefix="/v1/rates", tags=TAGS)

OUTCOMES = {
    400: {"description": "Not all rates landed and were built: one sentence why."},
    403: {"description": "Asked by another site's page, or by GET from elsewhere."},
    429: {"description": "An update is under way, or ended within the last minute."},
}
APART = 60
"""Seconds from the end of an update to the start of the next."""
LONGEST = 900
# By what the environment and .env say now, if that has the rights to load; and in a
# folder where Dagster finds no .env of another warehouse.
ACTIVATED = """
import os, sys, warehouse
warehouse.activate()
warehouse.connect("loader").close()
os.chdir(os.environ["WAREHOUSE_DIR"])
os.execv(sys.argv[1], sys.argv[1:])
"""
JOB = ("job", "execute", "-m", "orchestration.definitions", "-j", "rates")
SENTENCE = re.compile(
    r"^\S*(?:Failure: (?=(?:xe|ecb): )|WarehouseError: )(\S.*)$", re.MULTILINE
)
"""What Dagster prints of an error that is a sentence of ours; others quote anything."""
COUNTED = re.compile(r": [0-9,]+ pages, [^;]*; ")
"""What a report says of the keys that landed."""
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|API_ID|NOTIFY_URL)$")


class Updates:
    """One update at a time, and at most one a minute.

    `given` is the environment that a job starts from, without what `.env` adds.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.free_at = 0.0
        self.running: asyncio.Task[str | None] | None = None

    async def update(self) -> str | None:
        """Return None where the rates landed and were built, else why not.

        Raises a 429 where another is under way, or ended within the last minute. Who
        asked may go; the update goes on.
        """
        if self.running:
            raise _too_soon("An update is under way", APART)
        left = self.free_at - time.monotonic()
        if left > 0:
            raise _too_soon("An update ended within the last minute", left)
        self.running = asyncio.create_task(run(self.given))
        self.running.add_done_callback(self._ended)
        return await asyncio.shield(self.running)

    def _ended(self, _: asyncio.Task[str | None]) -> None:
        self.running, self.free_at = None, time.monotonic() + APART


@router.get("/update", responses=OUTCOMES)
async def update_by_get(request: Request) -> Response:
    """Update the rates, asked on the service's own machine."""
    if not _is_loopback(request):
        raise _refusal(403, "Ask for an update by POST: GET is for this machine alone.")
    return await update(request)


@router.post("/update", responses=OUTCOMES)
async def update(request: Request) -> Response:
    """Update the rates, and answer when they are built."""
    if is_of_another_site(request.headers):
        raise _refusal(403, "Another site's page may not ask for an update.")
    updates: Updates = request.app.state.updates
    why = await updates.update()
    if why:
        raise _refusal(400, why)
    return Response(encode({"success": True}), 200, NO_STORE, "application/json")


async def run(given: Mapping[str, str]) -> str | None:
    """Return None if the job ended well, else one sentence that says why not."""
    log = warehouse.warehouse_dir() / "rates.log"
    dagster = str(Path(sys.executable).with_name("dagster"))
    try:
        with open(log, "w", opener=_private) as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", ACTIVATED, dagster, *JOB),
                cwd=warehouse.ROOT,
                env=given,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        return f"The job rates did not start: {error.strerror}."
    try:
        code = await asyncio.wait_for(process.wait(), LONGEST)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        return f"The job rates was ended after {LONGEST // 60} minutes."
    return None if code == 0 else _why(log)


def _why(log: Path) -> str:
    """Return what the log of a failed run has of our own sentences."""
    sentences = dict.fromkeys(SENTENCE.findall(log.read_text(errors="replace")))
    if not sentences:
        return f"The job rates failed: {log.name} beside the warehouse's data says why."
    return _redacted("; ".join(COUNTED.sub(": ", sentence) for sentence in sentences))


def _redacted(text: str) -> str:
    for name, value in warehouse.environment().items():
        secrets = [value] if SECRET.search(name) else []
        if "://" in value:
            secrets.append(urlsplit(value).password or "")
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
    return text


def _is_loopback(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _too_soon(sentence: str, seconds: float) -> Refusal:
    wait = math.ceil(seconds)
    return _refusal(429, f"{sentence}: ask again in {wait} seconds.", wait)


def _refusal(status: int, sentence: str, wait: int | None = None) -> Refusal:
    body = {"success": False, "error": sentence}
    return Refusal(status, body, {"retry-after": str(wait)} if wait else {})


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
