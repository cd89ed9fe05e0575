"""The one error that callers show to people, and the cause that they show first."""

import errno
from collections.abc import Iterator

DISK_FULL = "The disk is full. Free some of it, then say the same command again."
FULL = ("No space left on device", "could not extend file")
"""What Python, PostgreSQL and its clients say of a disk that is full."""


class WarehouseError(Exception):
    """A sentence that says what happened and what to do about it."""


def is_disk_full(error: BaseException) -> bool:
    """Say whether an error, or what it came from, is of a disk that is full."""
    return any(
        getattr(each, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or getattr(each, "pgcode", None) == "53100"
        or says_disk_full(str(each))
        for each in _causes(error)
    )


def says_disk_full(text: str) -> bool:
    """Say whether an error's text is of a disk that is full."""
    return any(sign in text for sign in FULL)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
