"""The generator: a day of minutes from a hash, the same whatever was asked before."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import blake2b, shake_128
from itertools import accumulate
from struct import unpack

from sandbox.clock import MINUTE

from .candles import Numbers

Draws = Sequence[int]

MINUTES = 1440
# A price drifts by waves: nodes every so many days, each at most 1/n off.
WAVES = ((512, 2), (64, 4), (8, 8), (1, 32))
QUIET = 16  # of the 4,096 sizes of a minute, so many mean that nobody trades


@dataclass(frozen=True)
class Market:
    """What a generated symbol is like; `decimals` of a price, 4 in all with volume."""

    price: int
    decimals: int
    depth: int


# Price in ticks; depth is the greatest volume of a minute in hundredths or units.
MARKETS = {
    "BTCUSDT": Market(price=60_000_00, decimals=2, depth=9_000),
    "ETHUSDT": Market(price=3_000_00, decimals=2, depth=120_000),
    "XRPUSDT": Market(price=6_000, decimals=4, depth=900_000),
}
OTHER_MARKET = Market(price=100_00, decimals=2, depth=500_000)


@cache
def _sizes(depth: int) -> list[tuple[int, int]]:
    """Return volume and trades for each size: few minutes are large."""
    return [
        (1 + size * size * depth // 4096**2, 1 + size // 4) if size >= QUIET else (0, 0)
        for size in range(4096)
    ]


def _anchor(name: str, price: int, day: int) -> int:
    """Return the price in ticks at midnight."""
    for period, share in WAVES:
        node, offset = divmod(day, period)
        here, there = (
            int.from_bytes(
                blake2b(f"{name}/{period}/{at}".encode(), digest_size=2).digest(),
                "little",
                signed=True,
            )
            for at in (node, node + 1)
        )
        wave = (here * (period - offset) + there * offset) // period
        price += price * wave // (share << 15)
    return price


def _path(name: str, price: int, day: int, steps: Draws, trades: Draws) -> list[int]:
    """Return the day's 1,441 prices in ticks, first open to last close.

    A random walk is bent to end at the next midnight's anchor, by an equal part in
    every minute that trades: so each open is the previous close, over midnight too.
    """
    start, target = _anchor(name, price, day), _anchor(name, price, day + 1)
    swing = _swing(start)
    moves = (
        (step - 32768) * swing >> 15 if traded else 0
        for step, traded in zip(steps, trades, strict=True)
    )
    walk = list(accumulate(moves, initial=start))
    counts = list(accumulate(map(bool, trades), initial=0))
    bend, total = target - walk[-1], counts[-1]
    return [at + bend * n // total for at, n in zip(walk, counts, strict=True)]


def _swing(price: int) -> int:
    """Return the greatest move of a minute."""
    return price // 1000 + 1


def minutes(name: str, market: Market, day: int) -> list[Numbers]:
    """Return the 1,440 candles of a day (days since 1970) in ticks and lots.

    Quote volumes are exact: volume times a price of whole ticks between low and high.
    """
    stream = shake_128(f"{name}/{day}".encode()).digest(8 * MINUTES)
    draws = unpack(f"<{4 * MINUTES}H", stream)
    steps, wicks, shares = (draws[i * MINUTES : (i + 1) * MINUTES] for i in (1, 2, 3))
    sizes = _sizes(market.depth)
    volumes, trades = zip(*[sizes[d >> 4] for d in draws[:MINUTES]], strict=True)
    prices = _path(name, market.price, day, steps, trades)
    swing = _swing(prices[0])
    found = []
    for opened, closed, wick, share, volume, count in zip(
        prices, prices[1:], wicks, shares, volumes, trades, strict=False
    ):
        high, low = (closed, opened) if closed > opened else (opened, closed)
        if volume:
            high += (wick & 255) * swing >> 8
            low -= (wick >> 8) * swing >> 8
        mean = (opened + high + low + closed) // 4
        taken = volume * (16384 + (share >> 1)) >> 16
        quotes, taken_quotes = volume * mean, taken * mean
        numbers = opened, high, low, closed, volume, quotes, count, taken, taken_quotes
        found.append(numbers)
    return found


def so_far(numbers: Numbers, elapsed: int) -> Numbers:
    """Return a minute as it looks `elapsed` ms after its opening."""
    opened, high, low, closed, volume, _, trades, taken, _ = numbers
    part = Fraction(elapsed, MINUTE)
    reached = opened + int((closed - opened) * part)
    high = max(opened, reached, opened + int((high - opened) * part))
    low = min(opened, reached, opened + int((low - opened) * part))
    volume, taken, trades = (int(sum_ * part) for sum_ in (volume, taken, trades))
    if not volume:
        return (opened, opened, opened, opened, 0, 0, 0, 0, 0)
    mean = (opened + high + low + reached) // 4
    sums = (volume, volume * mean, max(1, trades), taken, taken * mean)
    return (opened, high, low, reached, *sums)
