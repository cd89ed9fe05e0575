"""Candles of each exchange on their whole road: pages, minutes without any, gaps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from ingestion.ingest import ingest
from ingestion.sources import EXCHANGES, source_of
from ingestion.window import Window
from tests.support.database import Database
from tests.support.klines import MINUTE
from tests.support.stand_in import Sandbox
from tests.trust.content.walk import SYSTEMS

DAY = "2024-03-05"
FIRST, END = f"{DAY}T02:00", f"{DAY}T09:00"
HOURS = Window.between(FIRST, END)
MODELS = ("fct_candles_1m", "+fct_candles_1h", "+rpt_gaps", "+rpt_rejected_records")
NOTES = """
select outcome, to_char(asked_from, 'HH24:MI'), to_char(asked_to, 'HH24:MI'),
    extract(epoch from asked_to - asked_from)::bigint / 60
from raw.{}__fetches where outcome in ('quiet', 'empty')
"""
MINUTES = """
select extract(epoch from opened_at)::bigint from marts.fct_candles_1m
where exchange = %s order by 1
"""
HOUR = """
select minute_count, is_complete, is_final from marts.fct_candles_1h
where exchange = %s and opened_at = '2024-03-05 04:00Z'
"""
GAPS = """
select to_char(gap_from, 'HH24:MI'), to_char(gap_to, 'HH24:MI'), is_source_gap
from marts.rpt_gaps where system = %s
"""
REJECTS = "select record_key, rejected_code from marts.rpt_rejected_records"


@dataclass(frozen=True)
class Exchange:
    """An exchange of which one symbol is asked for."""

    name: str
    symbol: str
    lacks: str
    unit: int
    sandbox: Sandbox
    database: Database
    dbt: Callable

    def order(self, word: str, start: str, last: str) -> None:
        """Have the stand-in leave out or fill minutes, both inclusive."""
        span = {"from_ms": f"{DAY}T{start}Z", "to_ms": f"{DAY}T{last}Z"}
        self.sandbox.control(self.name, **{word: {"symbol": self.symbol, **span}})

    def truth(self, start: str = FIRST, last: str = f"{DAY}T08:59") -> list[Sequence]:
        """Return the candles that open in a span, both inclusive."""
        asked = {"from_ms": f"{start}Z", "to_ms": f"{last}Z"}
        return self.sandbox.truth_of(self.name, symbol=self.symbol, **asked)

    def opened(self, candles: Sequence[Sequence]) -> list[int]:
        """Return when candles open, in seconds."""
        return [row[0] * self.unit // 1000 for row in candles]

    def build(self) -> None:
        """Build what is made of candles."""
        self.dbt("run", "-s", *MODELS)

    def ask(self, query: str) -> list[tuple]:
        """Return what a query about this exchange finds."""
        return self.database.query(query, *[self.name] * query.count("%s"))


@pytest.fixture(params=EXCHANGES)
def exchange(request, sandbox, database, dbt, environment) -> Exchange:
    """Have one symbol of an exchange asked for."""
    story = SYSTEMS[request.param]
    symbol = story.symbols[0]
    environment[f"SOURCES__{story.name}__SYMBOLS".upper()] = f'["{symbol}"]'
    known = (story.name, symbol, story.lacks, story.unit)
    return Exchange(*known, sandbox, database, dbt)


def test_a_span_lands_in_pages_as_long_as_they_may_be_which_tell_what_they_lack(
    exchange,
):
    exchange.order("gap", "04:10", "04:39")

    assert not ingest(exchange.name, HOURS).bad

    pages = -(-(7 * 60 * MINUTE) // source_of(exchange.name).page_span)
    assert len(exchange.sandbox.requests(exchange.name)) == pages
    notes = exchange.ask(NOTES.format(exchange.name))
    assert (exchange.lacks, "04:10", "04:40", 30) in notes
    assert {outcome for outcome, *_ in notes} == {exchange.lacks}
    assert sum(note[-1] for note in notes) == 7 * 60 - len(exchange.truth())


def test_a_lacking_minute_is_a_gap_only_of_an_exchange_that_has_every_minute(exchange):
    exchange.order("gap", "04:10", "04:39")

    ingest(exchange.name, HOURS)
    exchange.build()

    opened = exchange.opened(exchange.truth())
    assert [at for (at,) in exchange.ask(MINUTES)] == opened
    is_complete = exchange.lacks == "quiet"
    ((count, *flags),) = exchange.ask(HOUR)
    assert (count <= 30, flags) == (True, [is_complete, True])
    assert exchange.ask(GAPS) == ([] if is_complete else [("04:10", "04:40", True)])


def test_a_page_that_failed_is_a_gap_and_gaps_asks_for_it(exchange, environment):
    environment["RUNTIME__REQUEST_MAX_ATTEMPTS"] = "1"
    ingest(exchange.name, Window.between(FIRST, f"{DAY}T04:30"))
    exchange.sandbox.refuse(exchange.name, status=500)
    failing = Window.between(f"{DAY}T04:30", f"{DAY}T05:00")
    assert ingest(exchange.name, failing).bad
    ingest(exchange.name, Window.between(f"{DAY}T05:00", END))
    exchange.build()
    assert exchange.ask(HOUR)[0][1:] == (False, False)
    assert exchange.ask(GAPS) == [("04:30", "05:00", False)]

    assert not ingest(exchange.name, only_gaps=True).bad
    exchange.build()

    assert exchange.ask(HOUR)[0][1:] == (True, True)
    assert exchange.ask(GAPS) == []


def test_a_late_candle_appears_and_one_that_is_lacked_later_goes(exchange):
    exchange.order("gap", "04:10", "04:39")
    ingest(exchange.name, HOURS)
    exchange.build()
    ((before, *flags),) = exchange.ask(HOUR)
    exchange.order("fill", "04:10", "04:11")
    exchange.order("gap", "04:00", "04:00")

    ingest(exchange.name, HOURS)
    exchange.build()

    opened = exchange.opened(exchange.truth())
    assert [at for (at,) in exchange.ask(MINUTES)] == opened
    assert exchange.ask(HOUR) == [(before + 1, *flags)]
    taken_back = (f"{exchange.symbol} {DAY} 04:00", "taken_back")
    assert exchange.ask(REJECTS) == [taken_back]


def test_candles_that_nobody_asked_for_count_and_the_open_one_does_not(exchange):
    early = exchange.truth(f"{DAY}T11:40", f"{DAY}T11:59")
    exchange.sandbox.refuse(exchange.name, body=early)

    ingest(exchange.name, Window.between(f"{DAY}T11:50", f"{DAY}T12:00"))
    ingest(exchange.name)
    exchange.build()

    found = [at for (at,) in exchange.ask(MINUTES)]
    assert found[-len(early) :] == exchange.opened(early)
    now = datetime(2024, 3, 5, 12, tzinfo=UTC).timestamp()
    assert found[-1] < now <= found[-1] + 600


def test_an_unknown_symbol_is_refused_and_the_other_lands(exchange):
    report = ingest(exchange.name, HOURS, symbols=["NOTHING", exchange.symbol])

    assert [(key.name, key.outcome) for key in report.bad] == [("NOTHING", "refused")]
    assert report.bad[0].sentence.startswith("HTTP 40")
    assert report.pages
