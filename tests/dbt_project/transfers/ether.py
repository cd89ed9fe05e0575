"""Two days of transfers with the candles that price them, for tests to change."""

from datetime import timedelta

from tests.support.klines import HOUR, MINUTE, pages
from tests.support.raw import Raw
from tests.support.transfers import (
    DAY,
    EVERYTHING,
    START,
    TOKENS,
    TRANSFERS,
    WETH,
    Answer,
    Transfer,
    Truth,
    closes,
    known_tokens,
    transfers,
)

LAST_CLOSE = START + 12 * HOUR
MISSING = START + 6 * HOUR + 7 * MINUTE
"""ETHUSDT has candles from a day before until LAST_CLOSE, and a minute is missing."""
EDGES = [
    Transfer(LAST_CLOSE + DAY + timedelta(seconds=late), 900 + late, WETH, 10**18, 5)
    for late in (0, 12)
]
"""At the very end of the 24 hours in which the last candle counts, and after it."""
FIRST = Answer(transfers(120), job="one")
SECOND = Answer([*transfers(60, START + DAY), *EDGES], START + DAY, job="two")
PRICED = START - 2 * HOUR


def truth(*answers: Answer, without=(MISSING,), revised=None) -> Truth:
    """Return the truth of the two days and of what came after them."""
    hours = closes("ETHUSDT", PRICED, LAST_CLOSE, without) | (revised or {})
    return Truth([FIRST, SECOND, *answers], {"ETHUSDT": hours})


def land_all(raw: Raw, *answers: Answer) -> None:
    """Land the candles, the tokens and the answers."""
    raw.land(pages("ETHUSDT", PRICED, LAST_CLOSE, without=[MISSING]))
    raw.land_answers(TOKENS, [known_tokens()])
    for answer in answers:
        raw.land_answers(TRANSFERS, answer.pages())


def build(raw: Raw, dbt: object) -> None:
    """Land and build the two days."""
    land_all(raw, FIRST, SECOND)
    dbt("build", *EVERYTHING)
