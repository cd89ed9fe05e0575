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
from tests.dbt_project.loan_book import BOOK
from tests.dbt_project.loan_files import Loan, files_of
from tests.dbt_project.loan_truth import assert_marts
from tests.dbt_project.truth import assert_candles, candles
from tests.dbt_project.windows import assert_windows, built_windows, samples, windows
from tests.trust.walk import Walk


@dataclass
class Binance(Walk):
    """A symbol for each fault, all over the same hours; a run asks the last ones."""

    system: str = "binance"
    models: tuple[str, ...] = ("+fct_candles_1h",)
    symbols: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    span: tuple[str, str] = ("2024-03-05T09:00:00", "2024-03-05T12:00:00")

    @override
    def keys(self, names: Iterable[str]) -> dict[str, dict]:
        symbols = [f"S{self.step}N{place}" for place, _ in enumerate(names)]
        self.asked, self.symbols = symbols, [*self.symbols, *symbols]
        self.set_up()
        return {s: {"symbol": s} for s in symbols}

    @override
    def set_up(self) -> None:
        if self.symbols:
            self.sandbox.lists(*self.symbols)

    @override
    def run(self) -> list[Report]:
        return [ingest("binance", Window.between(*self.span), symbols=self.asked)]

    @override
    def assert_true(self) -> None:
        klines = {
            (symbol, datetime.fromtimestamp(row[0] / 1000, UTC)): row
            for symbol in self.symbols
            for row in self.sandbox.truth(symbol, *self.span)
        }
        found = self.tables.rows("marts.fct_candles_1h", "updated_at", "changed_in")
        assert len(found) == 3 * len(self.symbols)
        assert_candles(found, candles(klines, "1h"))


@dataclass
class Plant(Walk):
    """A turbine for each fault, all over the same hours; a run asks the last ones."""

    system: str = "plant"
    models: tuple[str, ...] = ("+fct_turbine_signals_10m",)
    turbines: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    span: tuple[str, str] = ("2024-05-21T00:00:00", "2024-05-21T02:00:00")

    @override
    def keys(self, names: Iterable[str]) -> dict[str, dict]:
        turbines = [f"S{self.step}N{place}" for place, _ in enumerate(names)]
        self.asked, self.turbines = turbines, [*self.turbines, *turbines]
        self.set_up()
        return {turbine: {"match": f"/{turbine}/"} for turbine in turbines}

    @override
    def set_up(self) -> None:
        self.sandbox.at("2024-05-24T12:00:30Z", "plant")
        self.sandbox.control("plant", turbines=self.turbines)

    @override
    def run(self) -> list[Report]:
        settings = {"base_url": f"{self.sandbox.url}/plant", "turbines": self.asked}
        return [ingest("plant", Window.between(*self.span), **settings)]

    @override
    def assert_true(self) -> None:
        told = windows(
            sample
            for turbine in self.turbines
            for sample in samples(turbine, self.sandbox.readings(turbine, *self.span))
        )
        assert len(told) == 3 * 12 * len(self.turbines)
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
