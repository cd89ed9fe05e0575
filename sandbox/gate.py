"""The way to every stand-in: notes what is asked, and breaks it on purpose."""

import asyncio
from collections import deque
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .faults import Fault, set_length
from .systems import System

REMEMBERED = 20_000


class Gate:
    """ASGI middleware around all stand-ins; a system is the path's first segment."""

    def __init__(self, app: ASGIApp, systems: Mapping[str, System]) -> None:
        self.app = app
        self.systems = systems
        self.pending: list[Fault] = []
        self.asked: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def reset(self) -> None:
        """Forget all faults and what was asked."""
        self.pending.clear()
        self.asked.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the fault that is due if there is one."""
        name = scope["path"].split("/", 2)[1] if scope["type"] == "http" else ""
        if name not in self.systems:
            await self.app(scope, receive, send)
            return
        now = self.systems[name].clock.now()
        path, query = scope["path"], scope["query_string"].decode()
        entry = {"system": name, "method": scope["method"], "path": path}
        entry |= {"query": query, "status": None, "at": now}
        self.asked.append(entry)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
                date = formatdate(now / 1000, usegmt=True).encode()
                if b"date" not in {key.lower() for key, _ in message["headers"]}:
                    message["headers"].append((b"date", date))
            await send(message)

        fault = self._due(name, path, query)
        if fault is None:
            await self.app(scope, receive, noted)
        else:
            await self._inflict(fault, scope, receive, noted, send)

    def _due(self, system: str, path: str, query: str) -> Fault | None:
        for fault in self.pending:
            if fault.system != system or not fault.meets(path, query):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.pending.remove(fault)
            return fault
        return None

    async def _inflict(
        self, fault: Fault, scope: Scope, receive: Receive, noted: Send, send: Send
    ) -> None:
        await asyncio.sleep(fault.delay)
        if fault.silent:
            await _left(receive)
            return
        if fault.drop and not fault.truncate:
            await _hang_up(receive, send)
            return
        if fault.status is None and fault.body is None:
            start, body = await _collected(self.app, scope, receive)
        else:
            start, body = fault.answer(self.systems[fault.system].refusal)
        cut = fault.body_of(body)
        if not fault.drop:
            set_length(start, cut)
        fault.apply_headers(start["headers"])
        if fault.drip_head:
            await _drip_head(start, fault.drip_head, receive, send)
            return
        await noted(start)
        if fault.drip:
            await _drip(cut, fault.drip, receive, noted)
            cut = b""
        await noted(
            {"type": "http.response.body", "body": cut, "more_body": fault.drop}
        )
        if fault.drop:
            await _hang_up(receive, send)


async def _collected(
    app: ASGIApp, scope: Scope, receive: Receive
) -> tuple[Message, bytes]:
    """Return the answer of `app`, whole."""
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    start, *parts = messages
    return start, b"".join(part.get("body", b"") for part in parts)


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close the connection where it stands."""
    # ASGI has no word for it: the transport is found on uvicorn's side of `send`.
    send.__self__.transport.close()
    await _left(receive)


async def _drip(body: bytes, seconds: float, receive: Receive, send: Send) -> None:
    """Send a body byte after byte, as long as somebody listens."""
    leaving = asyncio.create_task(_left(receive))
    for byte in body:
        await send(
            {"type": "http.response.body", "body": bytes([byte]), "more_body": True}
        )
        await asyncio.wait([leaving], timeout=seconds)
        if leaving.done():
            return
    leaving.cancel()


async def _drip_head(
    start: Message, seconds: float, receive: Receive, send: Send
) -> None:
    """Send a status line and headers byte after byte, then close the connection."""
    transport = send.__self__.transport
    lines = [b"%s: %s" % pair for pair in start["headers"]]
    head = b"\r\n".join([b"HTTP/1.1 %d OK" % start["status"], *lines, b"", b""])
    leaving = asyncio.create_task(_left(receive))
    for byte in head:
        transport.write(bytes([byte]))
        await asyncio.wait([leaving], timeout=seconds)
        if leaving.done():
            return
    await _hang_up(receive, send)


async def _left(receive: Receive) -> None:
    """Wait until the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
