"""Answers that are kept for as long as their marts stand where they stood."""

from collections import OrderedDict
from dataclasses import dataclass

MOST_BYTES = 32 * 2**20
OVERHEAD = 512
"""What an answer takes beside its body, about."""


@dataclass(frozen=True)
class Answer:
    """Bytes, what they are, and what else the header says of them."""

    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Kept:
    """The answers asked for last, up to so many bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.size = 0
        self._answers: OrderedDict[str, tuple[str, Answer]] = OrderedDict()

    def get(self, key: str, tag: str) -> Answer | None:
        """Return what is kept under a key, if it has this tag."""
        found = self._answers.get(key)
        if found is None or found[0] != tag:
            return None
        self._answers.move_to_end(key)
        return found[1]

    def put(self, key: str, tag: str, answer: Answer) -> None:
        """Keep an answer in place of the key's last; the one asked longest ago goes."""
        self._drop(key)
        if _size(key, answer) > self.most // 4:
            return
        self._answers[key] = (tag, answer)
        self.size += _size(key, answer)
        while self.size > self.most:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: str) -> None:
        found = self._answers.pop(key, None)
        if found:
            self.size -= _size(key, found[1])


def _size(key: str, answer: Answer) -> int:
    return len(key) + len(answer.body) + OVERHEAD
