"""Generated numbers as Binance's arrays of 12, and back."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from .candles import Numbers

COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 10)  # of the nine numbers among the 12
# Formatting is what a page costs, so the digits after the point come from a table.
DIGITS = {
    places: [str(n).zfill(places)[:places].ljust(8, "0") for n in range(10**places)]
    for places in (0, 2, 4)
}


def rows(
    opened: Iterable[int],
    closed: Iterable[int],
    candles: Iterable[Numbers],
    decimals: int,
) -> list[str]:
    """Return candles as Binance's arrays of 12; all of a day at once, for speed."""
    tick, ticks = 10**decimals, DIGITS[decimals]
    lot, lots = 10 ** (4 - decimals), DIGITS[4 - decimals]
    cash = DIGITS[4]
    return [
        f'[{at},"{o // tick}.{ticks[o % tick]}","{h // tick}.{ticks[h % tick]}",'
        f'"{b // tick}.{ticks[b % tick]}","{c // tick}.{ticks[c % tick]}",'
        f'"{v // lot}.{lots[v % lot]}",{end},"{q // 10000}.{cash[q % 10000]}",{n},'
        f'"{t // lot}.{lots[t % lot]}","{u // 10000}.{cash[u % 10000]}","0"]'
        for at, end, (o, h, b, c, v, q, n, t, u) in zip(
            opened, closed, candles, strict=True
        )
    ]


def numbers(row: Sequence[str | int], decimals: int) -> Numbers:
    """Return what `rows` would write so; ValueError if it is finer than the market."""
    lots = 4 - decimals
    scales = (decimals,) * 4 + (lots, 4, 0, lots, 4)
    exact = [
        Decimal(row[place]).scaleb(scale)
        for place, scale in zip(COLUMNS, scales, strict=True)
    ]
    if any(number != int(number) for number in exact):
        raise ValueError(f"here prices have {decimals} decimals, volumes {lots}")
    return tuple(map(int, exact))
