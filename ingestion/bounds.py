"""How large an answer or a file may be, how deep, and how long an answer may take."""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import Self

from requests.utils import guess_json_utf

from ingestion.errors import FailedError
from ingestion.settings import setting

OTHERS = bytes({*range(256)} - {*b'"[]{}'})
SQUARE = bytes.maketrans(b"{}", b"[]")
# after what is escaped has gone; the last one may lack its end
STRINGS = re.compile(rb'"[^"]*"?')
JSON = re.compile(rb"[\0\xfe\xff \t\n\r]*[\[{]")


@dataclass(frozen=True)
class Bounds:
    """What `SOURCES__ANSWER_*` allow: bytes once unpacked, depth of JSON, seconds."""

    most_bytes: int = 64 * 2**20
    depth: int = 64
    seconds: float = 120.0

    @classmethod
    def set(cls) -> Self:
        """Return those that the environment sets."""
        return cls(
            setting("SOURCES__ANSWER_BYTES", cls.most_bytes),
            setting("SOURCES__ANSWER_DEPTH", cls.depth),
            setting("SOURCES__ANSWER_SECONDS", cls.seconds),
        )

    def too_large(self, what: str) -> str:
        """Say that something is."""
        return f"{what} of more than {self.most_bytes:,} bytes (SOURCES__ANSWER_BYTES)"

    def check_depth(self, body: bytes) -> None:
        """Raise FailedError for JSON that takes more levels than parsers may go down.

        What they would take for UTF-16 or UTF-32 is looked at as that.
        """
        body = body.removeprefix(BOM_UTF8)
        if not JSON.match(body):
            return
        if b"\0" in body:
            body = body.decode(guess_json_utf(body) or "utf-8", "replace").encode()
        if is_deeper(body, self.depth):
            raise FailedError(
                f"an answer nested deeper than {self.depth} (SOURCES__ANSWER_DEPTH)"
            )


def is_deeper(body: bytes, most: int) -> bool:
    """Whether JSON has more than so many brackets open at once, without recursion.

    Each pass takes out the innermost pairs. Broken JSON may be called deeper than
    its parser would find, never less.
    """
    bare = body.replace(rb"\\", b"").replace(rb"\"", b"")
    # two adjacent quotes leave what is within strings as it is
    marks = bare.translate(SQUARE, OTHERS).replace(b'""', b"")
    if b'"' in marks:
        marks = STRINGS.sub(b"", marks)
    for _ in range(most):
        if b"[" * (most + 1) in marks:
            return True
        left = marks.replace(b"[]", b"")
        if len(left) == len(marks):
            break
        marks = left
    return b"[]" in marks or marks.count(b"[") > most
