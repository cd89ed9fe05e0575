"""The systems of many keys a run: each step has other keys, or a fuller book."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import override

from ingestion.ingest import ingest
from ingestion.report import Report
from ingestion.window import Window
from tests.support.candle_truth import assert_candles, candles
from tests.support.loan_book import BOOK
from tests.support.loan_files import Loan, files_of
from tests.support.loan_truth import assert_marts
from tests.support.windows import assert_windows, built_windows, samples, windows
from tests.trust.walk import Walk


@dataclass
class Keys(Walk):
    """A key for each fault, all over the same hours; a run asks the last ones."""

    known: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @override
    def keys(self, names: Iterable[str]) -> dict[str, dict]:
        self.asked = [f"S{self.step}N{place}" for place, _ in enumerate(names)]
        self.known += self.asked
        self.set_up()
        return {key: self.fault_of(key) for key in self.asked}

    def fault_of(self, key: str) -> dict:
        """Return what leads an order of the stand-in to this key."""
        raise NotImplementedError


@dataclass
class Binance(Keys):
    """A key is a symbol."""

    system: str = "binance"
    models: tuple[str, ...] = ("+fct_candles_1h",)
    span: tuple[str, str] = ("2024-03-05T09:00:00", "2024-03-05T12:00:00")

    @override
    def fault_of(self, key: str) -> dict:
        return {"symbol": key}

    @override
    def set_up(self) -> None:
        if self.known:
            self.sandbox.lists(*self.known)

    @override
    def run(self) -> list[Report]:
        return [ingest("binance", Window.between(*self.span), symbols=self.asked)]

    @override
    def assert_true(self) -> None:
        klines = {
            (symbol, datetime.fromtimestamp(row[0] / 1000, UTC)): row
            for symbol in self.known
            for row in self.sandbox.truth(symbol, *self.span)
        }
        found = self.tables.rows("marts.fct_candles_1h", "updated_at", "changed_in")
        assert len(found) == 3 * len(self.known)
        assert_candles(found, candles(klines, "1h"))


@dataclass
class Plant(Keys):
    """A key is a turbine."""

    system: str = "plant"
    models: tuple[str, ...] = ("+fct_turbine_signals_10m",)
    span: tuple[str, str] = ("2024-05-21T00:00:00", "2024-05-21T02:00:00")

    @override
    def fault_of(self, key: str) -> dict:
        return {"match": f"/{key}/"}

    @override
    def set_up(self) -> None:
        self.sandbox.at("2024-05-24T12:00:30Z", "plant")
        self.sandbox.control("plant", turbines=self.known)

    @override
    def run(self) -> list[Report]:
        settings = {"base_url": f"{self.sandbox.url}/plant", "turbines": self.asked}
        return [ingest("plant", Window.between(*self.span), **settings)]

    @override
    def assert_true(self) -> None:
        told = windows(
            sample
            for turbine in self.known
            for sample in samples(turbine, self.sandbox.readings(turbine, *self.span))
        )
        assert len(told) == 3 * 12 * len(self.known)
        assert_windows(built_windows(self.tables), told)


@dataclass
class Loans(Walk):
    """Files of a book of which each step holds more loans."""

    system: str = "loans"
    models: tuple[str, ...] = ("stg_loans__*+",)
    book: list[Loan] = field(default_factory=list)

    @override
    def set_up(self) -> None:
        self.book = BOOK[: 20 * (self.step + 1)]
        for name, text in files_of(self.book).items():
            folder = Path(os.environ["SOURCES__LOANS__FOLDER"])
            (folder / f"{name}.csv").write_text(text)

    @override
    def assert_true(self) -> None:
        as_of = max(paid for loan in self.book for _, paid, _ in loan.payments)
        assert_marts(self.tables.database, self.book, as_of)
