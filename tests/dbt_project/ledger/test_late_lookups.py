"""What a model reads beside the ledger may change late: it ends as a fresh build."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from ingestion.sources import EXCHANGES, KINDS
from tests.dbt_project.ledger.reads import declared
from tests.support import klines, rates, readings
from tests.support import transfers as ether
from tests.support.database import kept
from tests.support.loan_files import READ_AT, Loan, files_of, land
from tests.support.raw import Raw
from tests.support.rules import differences
from tests.support.transfers import Answer, Transfer
from tests.trust.content.walk import SYSTEMS
from warehouse import ROOT

LISTS = ("stg_currencies", "stg_plant__signals")
STAGING = ROOT / "dbt_project/models/staging"
QUARANTINES = [
    path.stem
    for path in sorted(STAGING.glob("*/*__rejected.sql"))
    if path.parent.name not in KINDS["ranks"]
]
"""They read what their systems' good rows are, which may come after them."""
MODELS = (
    "+rpt_gaps",
    "+int_loans__dated",
    "stg_loans__*",
    *(f"+{name}" for name in QUARANTINES),
)
RELISTED = """
insert into staging.stg_currencies values ('QQQ', 'Q', true, null, null, 99);
update staging.stg_plant__signals
set sampling_seconds = 10, is_direction = true, changed_in = 99
where signal = 'power';
update ops.versions set version = 99
where model in ('stg_currencies', 'stg_plant__signals')
"""
ROWS = """
select (
    to_jsonb(held)
    - array['updated_at', 'changed_in', 'rejected_at', 'fetched_at', 'pulled_at']
)::text
from {} as held
order by 1
"""
DAYS = ("2024-03-04", "2024-03-06")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FLAT = ["1", "1", "1", "1", "0", 0, "0", 0, "0", "0", "0"]


@dataclass(frozen=True)
class Late:
    """What is built at first, and what comes for what its models look up."""

    raw: Raw

    def first(self) -> None:
        """Land what is built at first."""
        self.candles([10], bad=[30])
        self.trades(klines.FETCHED, is_bad=True)
        self.turbine("T01", readings.START - DAY, readings.FETCHED, "wind_speed")
        self.turbine("T01", readings.START, readings.FETCHED, "wind_speed", "power")
        self.tokens("one", "no number", ether.FETCHED)
        for pages in (EVENING.pages(), MIDNIGHT.pages(), AGAIN.pages()[:1]):
            self.raw.land_answers(ether.TRANSFERS, pages)
        self.rates(0, rates.FETCHED)
        asked = ("USD", klines.MONDAY, klines.MONDAY + 3 * DAY)
        self.raw.land(table="xe__rates", failed=[asked])
        known, unknown = files_of(BOOK[:1]), files_of(BOOK)
        land(self.raw, {**unknown, "loans": known["loans"]})

    def news(self) -> None:
        """Land what follows it, but for the list of loans."""
        self.candles([11], fetched_at=klines.FETCHED + HOUR)
        self.trades(klines.FETCHED + HOUR)
        self.turbine("T01", readings.START, readings.FETCHED + HOUR, "power", sixth=4)
        self.turbine("T02", readings.START, readings.FETCHED, "wind_speed")
        self.tokens("two", "18", ether.FETCHED + HOUR)
        self.raw.land_answers(ether.TRANSFERS, AGAIN.pages()[1:])
        self.rates(2, rates.FETCHED + HOUR)
        known, unknown = files_of(BOOK[:1]), files_of([*BOOK, UNKNOWN])
        land(self.raw, {**unknown, "loans": known["loans"]}, READ_AT + HOUR)

    def lists(self) -> None:
        """Change the lists, which are a part of their models, and that of loans."""
        self.raw.database.query(RELISTED)
        land(self.raw, {"loans": files_of(BOOK)["loans"]}, READ_AT + 2 * HOUR)

    def candles(self, flat, bad=(), fetched_at=klines.FETCHED) -> None:
        """Land an hour of minutes in which nothing was traded, each as the other."""
        rows = []
        for place in [0, *flat, 30, 59]:
            opens_at = int((klines.MONDAY + place * klines.MINUTE).timestamp() * 1000)
            rows.append([opens_at, *("-1" if place in bad else cell for cell in FLAT)])
        span = (klines.MONDAY, klines.MONDAY + HOUR)
        self.raw.land([klines.page(rows, *span, fetched_at=fetched_at)])

    def trades(self, fetched_at, *, is_bad=False) -> None:
        """Land minutes of other exchanges, of which one is bad, or another lacks."""
        for exchange in map(SYSTEMS.get, set(EXCHANGES) - {"binance"}):
            items = exchange.good(0)
            if is_bad:
                items[1] = exchange.wrong("negative", 0).text
            else:
                del items[2]
            self.raw.land_answers(
                exchange.table, [exchange.page(0, 0, items, fetched_at)]
            )

    def turbine(self, turbine, start, fetched_at, *signals, sixth="x") -> None:
        """Land half an hour of readings, the sixth of which may be no number."""
        rows = [
            readings.row(
                start + place * readings.MINUTE,
                **dict.fromkeys(signals, sixth if place == 5 else place),
            )
            for place in range(30)
        ]
        page = readings.page(rows, turbine, fetched_at, start)
        self.raw.land([page], table=readings.TABLE)

    def tokens(self, job, decimals, fetched_at) -> None:
        """Land a token, whose decimals may be no number."""
        row = (ether.PLAIN, "PLAIN", "Plain", decimals, "1000", 7)
        request, payload, at = ether.token_page([row], fetched_at)
        request = request.replace("tokens", job, 1)
        self.raw.land_answers(ether.TOKENS, [(request, payload, at)])

    def rates(self, rate, fetched_at) -> None:
        """Land two days' rates, of which one may be no rate; a day between has none."""
        mids = {"NGN": 1500, "KES": rate, "QQQ": 5}
        file = "Date,USD,ZAR\n"
        for day in DAYS:
            page = rates.xe_page(mids, f"{day}T12:00:00Z", fetched_at)
            self.raw.land_answers("xe__rates", [page])
            file += f"{day},1.09,{rate}\n"
        self.raw.land_answers("ecb__rates", [rates.ecb_file(file, fetched_at)])


MOVED = Transfer(ether.START + DAY - HOUR, 1, ether.PLAIN, 5)
"""Of the evening, then of the next day's midnight, then of the evening again."""
EVENING = Answer([MOVED], ether.START, "one", ether.FETCHED)
MIDNIGHT = Answer(
    [replace(MOVED, at=ether.START + DAY)],
    ether.START + DAY,
    "two",
    ether.FETCHED + HOUR,
)
AGAIN = Answer(
    [MOVED, Transfer(ether.START, 2, ether.PLAIN, 6)],
    ether.START,
    "again",
    ether.FETCHED + 2 * HOUR,
    page_rows=1,
)
BOOK = [
    Loan(
        name,
        date(2024, 1, 2),
        (("1", date(2024, 2, 2), Decimal(9)),),
        (("1", date(2024, 2, paid_on), Decimal(9)),),
    )
    for paid_on, name in enumerate(("L1", "L2"), 3)
]
UNKNOWN = replace(BOOK[0], name="L3")


@pytest.fixture
def late(database, dbt):
    """Return what is built at first."""

    def make():
        Late(Raw(database)).first()
        dbt("run", "-s", *MODELS)

    kept(database, "late_lookups", make)
    raw = Raw(database)
    for _ in range(20):
        raw.next_id()
    return Late(raw)


def rows(database):
    tables = database.query(
        "select schemaname || '.' || tablename from pg_tables "
        "where schemaname in ('staging', 'intermediate', 'marts')"
    )
    return {name.split(".")[1]: database.query(ROWS.format(name)) for (name,) in tables}


def test_what_is_looked_up_may_change_after_it_was(late, database, dbt):
    before = rows(database)
    late.news()

    dbt("run", "-s", *QUARANTINES, "int_loans__dated")
    dbt("run", "-s", *MODELS, "--exclude", "dim_signals")
    dbt("run", "-s", *MODELS)
    late.lists()
    dbt("run", "-s", *MODELS, "--exclude", *LISTS)
    after = rows(database)
    dbt("run", "--full-refresh", "-s", *MODELS, "--exclude", *LISTS)

    assert differences(after, rows(database)) == {}
    moved = differences(before, after).keys()
    pairs = declared(dbt("parse").nodes.values())
    tables = {name for pair in pairs for name in pair if "." not in name}
    assert tables - moved == set()


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_whichever_models_are_built_late_all_end_as_a_fresh_build(
    late, database, dbt, seed
):
    chance = Random(seed)  # noqa: S311 - no secret
    models = sorted(
        node.name
        for node in dbt("parse").nodes.values()
        if node.resource_type == "model" and node.config.materialized == "incremental"
    )
    everything = ("-s", "tickhouse", "--exclude")
    dbt("run", "-s", "tickhouse")

    late.news()
    dbt("run", *everything, *chance.sample(models, len(models) // 2))
    late.lists()
    dbt("run", *everything, *LISTS, *chance.sample(models, len(models) // 3))
    dbt("run", *everything, *LISTS)
    after = rows(database)
    dbt("run", "--full-refresh", *everything, *LISTS)

    assert differences(after, rows(database)) == {}
