"""How each system is led from one broken answer to the next, and what is true then.

A step has something new to land. What is true comes from the stand-ins.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from typing_extensions import override

from ingestion.ingest import ingest
from ingestion.report import Report
from ingestion.window import Window
from tests.dbt_project import rates
from tests.dbt_project.conftest import Tables
from tests.dbt_project.loan_book import BOOK
from tests.dbt_project.loan_files import Loan, files_of
from tests.dbt_project.loan_truth import assert_marts
from tests.dbt_project.test_coin_road import expected as ranked
from tests.dbt_project.transfers import built_transfers
from tests.dbt_project.truth import assert_candles, candles
from tests.dbt_project.windows import assert_windows, built_windows, samples, windows
from tests.stand_in import Sandbox

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FX = "select * from marts.fct_fx_rates_1d where provider = '{}'"
RANKS = "select * from marts.fct_coin_ranks_1m"


@dataclass
class Walk:
    """A system on its way; its keys are all asked in one run if it has several."""

    sandbox: Sandbox
    tables: Tables
    system: str = ""
    models: tuple[str, ...] = ()
    step: int = 0

    def calm(self) -> None:
        """End all faults; the stand-in stays where it is."""
        self.sandbox.reset()
        self.set_up()

    def go_on(self) -> None:
        """Go on to the next step."""
        self.step += 1
        self.keys("ab")
        self.set_up()

    def keys(self, names: Iterable[str]) -> dict[str, dict]:
        """Give each name a key of its own, if a system has several in one run."""
        return {}

    def set_up(self) -> None:
        """Bring the stand-in to the present step."""

    def run(self) -> list[Report]:
        """Ingest what the present step has."""
        return [ingest(self.system)]

    def note(self, reports: list[Report]) -> None:
        """Remember what a run that went well has landed."""

    def assert_true(self) -> None:
        """Compare what dbt built with what is true, row by row."""
        raise NotImplementedError


@dataclass
class Xe(Walk):
    """Another day each step: the rates of its noon."""

    system: str = "xe"
    models: tuple[str, ...] = ("+fct_fx_rates_1d",)
    known: dict[str, dict] = field(default_factory=dict)

    @override
    def set_up(self) -> None:
        self.now = f"{date(2024, 3, 5) + self.step * DAY}T12:00:30Z"
        self.sandbox.at(self.now, "xe")

    @override
    def note(self, _: list[Report]) -> None:
        self.known[self.now] = self.sandbox.truth_of("xe", at=self.now)

    @override
    def assert_true(self) -> None:
        wanted = os.environ["SOURCES__XE__CURRENCIES"]
        expected = {
            (code, datetime.fromisoformat(said["timestamp"])): Decimal(str(rate))
            for said in self.known.values()
            for code, rate in said["rates"].items()
            if code in wanted
        }
        assert expected == {
            (row["quote_currency"], row["quoted_at"]): row["rate"]
            for row in self.tables.records(FX.format("xe"))
        }


@dataclass
class Ecb(Walk):
    """Another banking day each step, from early on, when the history is short."""

    system: str = "ecb"
    models: tuple[str, ...] = ("+fct_fx_rates_1d",)

    @override
    def set_up(self) -> None:
        weeks, days = divmod(self.step, 5)
        day = date(2019, 1, 7) + weeks * 7 * DAY + days * DAY
        self.sandbox.at(f"{day}T16:00:00Z", "ecb")

    @override
    def assert_true(self) -> None:
        text = self.sandbox.text_of("ecb")
        said = rates.daily([], [rates.ecb_file(text)])
        assert {key: row[:2] for key, row in said.items()} == {
            ("ecb", row["base_currency"], row["quote_currency"], row["rate_date"]): (
                *(row["rate"], row["quoted_at"]),
            )
            for row in self.tables.records(FX.format("ecb"))
        }


@dataclass
class Rankings(Walk):
    """Both rankings of an even minute of theirs, within one minute of ours."""

    system: str = "coinmarketcap"
    both: tuple[str, ...] = ("coinmarketcap", "cryptocompare")
    models: tuple[str, ...] = ("+fct_coin_ranks_1m",)
    known: dict[datetime, dict] = field(default_factory=dict)

    @override
    def set_up(self) -> None:
        now = datetime(2024, 3, 5, 12, 0, 20, tzinfo=UTC) + 2 * self.step * MINUTE
        self.sandbox.at(now.isoformat(), *self.both)

    @override
    def run(self) -> list[Report]:
        left = 60 - datetime.now(UTC).second
        if left < 20:
            time.sleep(left + 0.1)
        return [ingest(system) for system in self.both]

    @override
    def note(self, reports: list[Report]) -> None:
        (minute,) = {report.keys["USD"].asked.start for report in reports}
        self.known[minute] = ranked(self.sandbox, 0)

    @override
    def assert_true(self) -> None:
        assert {
            (minute, coin): row
            for minute, ranks in self.known.items()
            for coin, row in ranks.items()
        } == {
            (row["snapshot_at"], row["coin_id"]): (
                *(row["coin_rank"], row["symbol"], row["price_usd"]),
                *(row["volume_24h_usd"], row["source_rank"]),
            )
            for row in self.tables.records(RANKS)
        }


@dataclass
class Ethereum(Walk):
    """Another day each step."""

    system: str = "ethereum"
    models: tuple[str, ...] = ("+fct_token_transfers",)
    days: set[str] = field(default_factory=set)

    @override
    def set_up(self) -> None:
        self.sandbox.at("2024-03-06T12:00:30Z", "ethereum")
        self.window = Window.between(*(f"{self._day(n)}" for n in (0, 1)))

    def _day(self, later: int) -> date:
        return date(2024, 2, 1) + (self.step + later) * DAY

    @override
    def run(self) -> list[Report]:
        return [ingest("ethereum", self.window)]

    @override
    def note(self, _: list[Report]) -> None:
        self.days.add((f"{self._day(0)}", f"{self._day(1)}"))

    @override
    def assert_true(self) -> None:
        told = {
            (row["transaction_hash"], row["log_index"]): (
                datetime.fromtimestamp(row["block_timestamp"] // 10**6, UTC),
                *(row["token_address"], row["from_address"], row["to_address"]),
                int(row["value"]),
            )
            for day in self.days
            for row in self.sandbox.ethereum("token_transfers", *day)
        }
        assert told == {
            key: (row[0], row[1], *row[3:6])
            for key, row in built_transfers(self.tables).items()
        }


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
