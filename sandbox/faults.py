"""A fault: which requests it is for, and what they get."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from gzip import compress
from typing import Any
from urllib.parse import parse_qsl
from zlib import compressobj

from starlette.types import Message

MEBIBYTE = 2**20


@dataclass(eq=False)
class Fault:
    """What the next `times` matching requests get, after `skip` that are spared.

    `symbol` matches the value of any parameter, `match` a part of "path?query";
    `times` of None is without end. One that is `silent` never gets an answer; `drip` is
    the seconds from one byte of the body to the next, `drip_head` those of the status
    line and headers; `gzip` compresses the body, of which `truncate` then leaves half.
    The body is so many brackets within each other by `depth`, and so many bytes, packed
    small, by `bomb`.
    """

    system: str
    times: float | None = 1
    skip: int = 0
    symbol: str | None = None
    match: str | None = None
    status: int | None = None
    retry_after: float | None = None
    delay: float = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    truncate: bool = False
    silent: bool = False
    drip: float = 0
    drip_head: float = 0
    gzip: bool = False
    depth: int = 0
    bomb: int = 0

    def __post_init__(self) -> None:
        if self.times is None:
            self.times = math.inf
        if self.depth:
            self.body = "[" * self.depth + "]" * self.depth
        if self.bomb:
            self.body = ""
            self.headers = {**self.headers, "Content-Encoding": "gzip"}

    def meets(self, path: str, query: str) -> bool:
        """Return whether a request is one that this fault is for."""
        if self.symbol and self.symbol not in dict(parse_qsl(query)).values():
            return False
        return not self.match or self.match in f"{path}?{query}"

    def apply_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Add the fault's headers to an answer's, in the place of the same names."""
        extra = dict(self.headers)
        if self.gzip:
            extra["Content-Encoding"] = "gzip"
        if self.retry_after is not None:
            extra["Retry-After"] = str(self.retry_after)
        names = {name.lower().encode() for name in extra}
        headers[:] = [pair for pair in headers if pair[0].lower() not in names]
        headers += [(name.encode(), value.encode()) for name, value in extra.items()]

    def body_of(self, body: bytes) -> bytes:
        """Return what is sent of a body."""
        sent = compress(body) if self.gzip else body
        sent = bomb(self.bomb) if self.bomb else sent
        return sent[: len(sent) // 2] if self.truncate else sent

    def answer(self, refusal: Callable[[int], Any]) -> tuple[Message, bytes]:
        """Return the answer in the system's place, by default what it refuses with."""
        status = self.status or 200
        body = refusal(status) if self.body is None else self.body
        is_text = isinstance(body, str)
        content = (body if is_text else json.dumps(body)).encode()
        kind = b"text/html" if is_text else b"application/json"
        headers = [(b"content-type", kind)]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        set_length(start, content)
        return start, content


def set_length(start: Message, body: bytes) -> None:
    """Let an answer announce the body that it will have."""
    pairs = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    start["headers"] = [*pairs, (b"content-length", str(len(body)).encode())]


@cache
def bomb(size: int) -> bytes:
    """Return a list without items that is of so many bytes once it is unpacked."""
    packing = compressobj(1, wbits=31)
    whole, rest = divmod(size - 2, MEBIBYTE)
    packed = [packing.compress(b"[")]
    packed += [packing.compress(b" " * MEBIBYTE) for _ in range(whole)]
    return b"".join([*packed, packing.compress(b" " * rest + b"]"), packing.flush()])
