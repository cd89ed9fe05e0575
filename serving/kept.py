"""Answers that are kept for as long as their marts stand where they stood."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from serving import times

MOST_BYTES = 32 * 2**20
OVERHEAD = 1024
"""What an answer takes beside its body, about."""


@dataclass(frozen=True)
class Answer:
    """Bytes, what they are, and what else the header says of them."""

    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """What an answer depends on beside its address.

    The marts that it is of, whether it changes by the minute, which headers it varies
    by; and for how long a client may keep it.
    """

    models: tuple[str, ...]
    of_now: bool = False
    varies: tuple[str, ...] = ()
    cache_control: str = "no-cache"
    route: str = ""

    def tag(self, address: str, headers: Mapping[str, str], version: str) -> str:
        """Return the ETag of what is answered at a version of the marts."""
        parts = [address, version, *(headers.get(name, "") for name in self.varies)]
        if self.of_now:
            parts.append(f"{times.now():%Y-%m-%dT%H:%M}")
        digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=12)
        return f'"{digest.hexdigest()}"'


class Kept:
    """The answers asked for last, up to so many bytes; of an address the newest."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.size = 0
        self._answers: OrderedDict[str, tuple[Asked, str, Answer]] = OrderedDict()

    def get(self, address: str) -> tuple[Asked, str, Answer] | None:
        """Return what is kept of an address: its dependencies, its tag, the answer."""
        found = self._answers.get(address)
        if found:
            self._answers.move_to_end(address)
        return found

    def put(self, address: str, asked: Asked, tag: str, answer: Answer) -> None:
        """Keep an answer in place of the last; the one asked longest ago goes."""
        self._drop(address)
        if _size(address, answer) > self.most // 4:
            return
        self._answers[address] = (asked, tag, answer)
        self.size += _size(address, answer)
        while self.size > self.most:
            self._drop(next(iter(self._answers)))

    def _drop(self, address: str) -> None:
        found = self._answers.pop(address, None)
        if found:
            self.size -= _size(address, found[2])


def _size(address: str, answer: Answer) -> int:
    return len(address) + len(answer.body) + OVERHEAD
