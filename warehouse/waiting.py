"""Waiting for pieces of our own: for as long as they live, and not without a word."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 600
"""Seconds until a piece that lives and does not answer is given up: a crash recovery
replays up to max_wal_size, and a machine may be under load."""
QUIET = 5
"""Seconds until a person reads what is waited for."""


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Say on stderr for what is waited in this block, if that takes a while."""

    def say() -> None:
        print(f"Waiting for {what}", file=sys.stderr, flush=True)

    timer = threading.Timer(QUIET, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
