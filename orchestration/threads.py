"""What a process that forks others settles first: its threads, what it has loaded."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Settings of such a process, before pyarrow is imported."""


def threads() -> int:
    """Return how many there are, those of libraries among them."""
    return len(os.listdir("/proc/self/task"))


@contextmanager
def loading() -> Iterator[None]:
    """Let nothing look through what is loaded meanwhile, then or later.

    All of it stays. To look through it takes an eighth of a run, and writes to each
    page that forks share.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
