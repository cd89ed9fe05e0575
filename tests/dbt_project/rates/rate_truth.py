"""What `fx_rate` should say, by fractions and by trying every chain of every day."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise, permutations
from typing import NamedTuple

DAY = timedelta(days=1)
OLDEST = 14
PIVOTS = ("USD", "EUR")
NOTHING = (None, None, None)
Quotes = Mapping[tuple[str, str, str, date], Fraction]
Answer = tuple[Fraction | None, date | None, str | None]


class Law(NamedTuple):
    """So many units of a currency are one of another, from a day on."""

    anchor: str
    units: Fraction
    since: date
    has_ended: bool = True


def _euro(units: str, year: int) -> Law:
    return Law("EUR", Fraction(units), date(year, 1, 1))


LAWS = {
    "SIT": _euro("239.640", 2007),
    "CYP": _euro("0.585274", 2008),
    "MTL": _euro("0.429300", 2008),
    "SKK": _euro("30.1260", 2009),
    "EEK": _euro("15.6466", 2011),
    "LVL": _euro("0.702804", 2014),
    "LTL": _euro("3.45280", 2015),
    "HRK": _euro("7.53450", 2023),
    "BGN": _euro("1.95583", 2026),
    "XAF": Law("EUR", Fraction("655.957"), date(1999, 1, 1), has_ended=False),
    "XOF": Law("EUR", Fraction("655.957"), date(1999, 1, 1), has_ended=False),
    "TRL": Law("TRY", Fraction(1_000_000), date(2005, 1, 1)),
    "ROL": Law("RON", Fraction(10_000), date(2005, 7, 1)),
    "GHC": Law("GHS", Fraction(10_000), date(2007, 7, 1)),
    "ZMK": Law("ZMW", Fraction(1_000), date(2013, 1, 1)),
    "BYR": Law("BYN", Fraction(10_000), date(2016, 7, 1)),
    "MRO": Law("MRU", Fraction(10), date(2018, 1, 1)),
    "STD": Law("STN", Fraction(1_000), date(2018, 1, 1)),
    "SLL": Law("SLE", Fraction(1_000), date(2022, 7, 1)),
    "ANG": Law("XCG", Fraction(1), date(2025, 3, 31)),
}


def answer(quotes: Quotes, source: str, target: str, asked: date) -> Answer:
    """Return rate, day and provider of a currency in another, as of a day."""
    if source == target:
        return Fraction(1), asked, None
    chains = [
        (*grade, rate, day, providers)
        for day in (asked - age * DAY for age in range(OLDEST + 1))
        for grade, rate, providers in _chains(quotes, source, target, asked, day)
    ]
    if not chains:
        return NOTHING
    *_, rate, day, providers = min(chains)
    names = [name for name in ("law", "xe", "ecb") if name in providers]
    return rate, day, "+".join(names)


def _chains(quotes: Quotes, source: str, target: str, asked: date, day: date):
    """Yield each chain of a day: how it grades, least first, its rate and providers."""
    for start, factor, at_start in _names(source, asked):
        for end, units, at_end in _names(target, asked):
            by_law = at_start + at_end
            late = _is_over(start, asked) or _is_over(end, asked)
            if start == end and day != asked:
                continue
            for path in _paths(start, end):
                legs = [_leg(quotes, *pair, asked, day) for pair in pairwise(path)]
                if None in legs:
                    continue
                rate = units / factor
                for value, _ in legs:
                    rate *= value
                providers = tuple("law" for _ in range(by_law))
                providers += tuple(provider for _, provider in legs)
                grade = (
                    late,
                    asked - day,
                    len(providers),
                    -by_law,
                    providers.count("ecb"),
                    [PIVOTS.index(code) for code in path if code in PIVOTS],
                )
                yield grade, rate, providers


def _names(code: str, asked: date) -> Iterator[tuple[str, Fraction, int]]:
    yield code, Fraction(1), 0
    law = LAWS.get(code)
    if law and law.since <= asked:
        yield law.anchor, law.units, 1


def _is_over(code: str, asked: date) -> bool:
    return code in LAWS and LAWS[code].has_ended and LAWS[code].since <= asked


def _paths(start: str, end: str) -> Iterator[tuple[str, ...]]:
    if start == end:
        yield (start,)
        return
    pivots = [code for code in PIVOTS if code not in (start, end)]
    for count in range(len(pivots) + 1):
        for between in permutations(pivots, count):
            yield (start, *between, end)


def _leg(quotes: Quotes, source: str, target: str, asked: date, day: date):
    for code in (source, target):
        if _is_over(code, asked) and day >= LAWS[code].since:
            return None
    for provider in ("xe", "ecb"):
        straight = quotes.get((provider, source, target, day))
        inverse = quotes.get((provider, target, source, day))
        if straight or inverse:
            return straight or 1 / inverse, provider
    return None
