"""The systems of one key a run: each step is another time of the stand-in's clock."""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from typing_extensions import override

from ingestion.ingest import ingest
from ingestion.report import Report
from ingestion.window import Window
from tests.dbt_project.rankings.test_road import expected as ranked
from tests.support import rates
from tests.support.transfers import built_transfers
from tests.trust.walk import Walk

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FX = "select * from marts.fct_fx_rates_1d where provider = '{}'"
RANKS = "select * from marts.fct_coin_ranks_1m"


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
