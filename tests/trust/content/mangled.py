"""Good pages, mangled at random: `TRUST_SEED` mangles them in other ways."""

import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.trust.content.story import EARLIER, Answer, System

SEED = os.environ.get("TRUST_SEED", "20240305")
PAGES = 40
FRESH = 100
"""The places from here on are no story's."""
ODD = (
    *(
        None,
        True,
        "",
        "NaN",
        "Infinity",
        "-",
        "1e400",
        "\u0663",
        "\U0001f680",
        "9" * 400,
    ),
    *(0, -1, 0.1, 10**30, float("nan"), float("-inf"), [], {}, [[]], {"": None}),
    *(
        "2024-02-30",
        "9999-12-31T23:59:59Z",
        "0001-01-01",
        "1709510400000",
        "\ud800",
        "\0",
    ),
)


def mangled(system: System) -> Iterator[Answer]:
    """Yield pages of a system, each mangled in another way; of the book of loans none.

    Of files only the newest is read.
    """
    if system.name == "loans":
        return
    print(f"TRUST_SEED={SEED} mangles {system.name}")
    for number in range(PAGES):
        chance = Random(f"{SEED} {system.name} {number}")  # noqa: S311 - no secret
        place = FRESH + number
        ((request, text, at),) = system.pages(place, system.good(place), EARLIER)
        for _ in range(chance.randrange(1, 4)):
            text = chance.choice((_in_its_values, _in_its_letters))(chance, text)
        yield request, text, at


def _in_its_values(chance: Random, text: str) -> str:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return _in_its_letters(chance, text)
    holders = list(_holders(body))
    if not holders:
        return json.dumps(chance.choice(ODD))
    holder = chance.choice(holders)
    places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    place = chance.choice(places)
    if chance.random() < 0.2:
        del holder[place]
    else:
        holder[place] = chance.choice((*ODD, body, holder[place]))
    return _written(body)


def _written(body: Any) -> str:  # noqa: ANN401 - JSON of any shape
    try:
        return json.dumps(body, ensure_ascii=True)
    except ValueError:  # it holds itself
        return "[" * 900 + "]" * 900


def _holders(body: Any) -> Iterator[list | dict]:  # noqa: ANN401 - JSON of any shape
    if isinstance(body, list | dict) and body:
        yield body
        for inner in body.values() if isinstance(body, dict) else body:
            yield from _holders(inner)


def _in_its_letters(chance: Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    new = chance.choice(
        ("", "x", '"', ",", "[", "}", "\\", "\n", "\u0663", "0", "\\u0000")
    )
    return text[:at] + new + text[at + chance.randrange(3) :]
