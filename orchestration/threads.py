"""The threads of a process that is to fork others, which get none of them."""

import os

ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Settings of such a process, before pyarrow is imported."""


def threads() -> int:
    """Return how many there are, those of libraries among them."""
    return len(os.listdir("/proc/self/task"))
