"""How hypothesis runs here: the same examples each time, or others by a seed."""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, seed, settings

SEED = os.environ.get("TRUST_SEED")
"""Without one the examples are always the same; each failure prints itself."""


def tried(times: int) -> Callable[[Callable], Callable]:
    """Return what makes a test of a property, tried so many times."""
    kept = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

    def made(test: Callable) -> Callable:
        by_seed = test if SEED is None else seed(int(SEED))(test)
        return settings(
            max_examples=times,
            deadline=None,
            database=None,
            derandomize=SEED is None,
            suppress_health_check=kept,
        )(by_seed)

    return made
