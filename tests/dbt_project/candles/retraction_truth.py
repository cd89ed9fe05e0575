"""What is left of pages of candles, by rules that share no code with the project."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.klines import MINUTE, Page, kline, page


@dataclass
class Answer:
    """An answer of one symbol: its minutes, a revision each, and which are bad."""

    start: datetime
    end: datetime
    candles: list[tuple[datetime, int]]
    fetched_at: datetime
    bad: set[datetime] = field(default_factory=set)
    load: str = ""
    is_odd: bool = False

    @property
    def page(self) -> Page:
        """Return it as it lands."""
        rows = []
        for opened_at, revision in self.candles:
            row = kline("BTCUSDT", opened_at, revision)
            if opened_at in self.bad:
                row[3] = "0.00000000"
            rows.append(row)
        rows += ["no candle"] * self.is_odd
        return page(rows, self.start, self.end, fetched_at=self.fetched_at)

    @property
    def age(self) -> tuple[datetime, str]:
        """Return by what the newer of two answers is known."""
        return self.fetched_at, self.load

    def covers(self, opened_at: datetime) -> bool:
        """Say whether a minute was asked for, and had closed; none where one is odd."""
        return (
            not self.is_odd
            and self.start <= opened_at < self.end
            and opened_at + timedelta(minutes=1) <= self.fetched_at
        )

    def has(self, opened_at: datetime) -> bool:
        """Say whether a candle of a minute is there, good or bad."""
        return any(opened_at == minute for minute, _ in self.candles)


def left(answers: Iterable[Answer]) -> tuple[dict, dict]:
    """Return the revision of each minute that stands, and the reason of each reject."""
    answers = sorted(answers, key=lambda answer: answer.age)
    minutes = {minute for answer in answers for minute, _ in answer.candles}
    standing, rejected = {}, {}
    for minute in sorted(minutes):
        name = f"BTCUSDT {minute:%Y-%m-%d %H:%M}"
        holder = None
        for answer in answers:
            if answer.has(minute) and minute not in answer.bad:
                holder = answer
        is_lost = any(
            answer.age > holder.age and answer.covers(minute) and not answer.has(minute)
            for answer in answers
            if holder
        )
        if holder and not is_lost:
            *others, (_, _, revision) = [
                (place, at, revision)
                for place, (at, revision) in enumerate(holder.candles, 1)
                if at == minute
            ]
            standing[minute] = revision
            for place, _, other in others:
                if other != revision:
                    rejected[f"{name} #{place}"] = (
                        "other values further down in the answer"
                    )
        said = [
            (answer.age, 1, "a price of zero or less")
            for answer in answers
            if minute in answer.bad and answer.has(minute)
        ]
        if minute not in standing:
            said += [
                (answer.age, 0, "taken back by the source")
                for answer in answers
                if answer.covers(minute)
            ]
        last = max(said, default=None)
        if last and not (minute in standing and holder.age >= last[0]):
            rejected[name] = last[2]
    return standing, rejected


def minutes_of(start: datetime, count: int) -> list[datetime]:
    """Return so many minutes."""
    return [start + place * MINUTE for place in range(count)]
