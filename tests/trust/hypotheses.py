"""How hypothesis runs here, and the macros that it tries."""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from jinja2 import Environment

from warehouse import ROOT

SEED = os.environ.get("TRUST_SEED")
"""Without one the examples are always the same; each failure prints itself."""

FOLDERS = ("sql", "loans", "transfers")
SOURCES = [
    file.read_text()
    for folder in FOLDERS
    for file in (ROOT / "dbt_project" / "macros" / folder).glob("*.sql")
]
ENGINE = Environment(autoescape=False)  # noqa: S701 - SQL
MACRO = ENGINE.from_string(
    "\n".join(SOURCES), globals={"target": {"type": "postgres"}}
).module
# what the client can send: Postgres has neither NUL nor surrogates
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


def many(texts: st.SearchStrategy) -> st.SearchStrategy:
    """Return what makes the texts of one query."""
    return st.lists(texts, min_size=1, max_size=40)


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
