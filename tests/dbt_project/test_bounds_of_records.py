"""Every number and key of every system, beyond all bounds and at them.

All cases land in one database, each in a load of its own, and are built once.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

import pytest

from tests.support.klines import HOUR, MONDAY
from tests.support.loan_files import HEADINGS
from tests.support.rankings import LISTINGS, TOPLIST
from tests.support.raw import Raw
from tests.support.rejections import assert_coded
from tests.support.tables import Tables
from tests.support.transfers import DEEP, PLAIN, TOKENS, USDT, token_page
from tests.trust.content.story import CAME, Answer, System, spelt
from tests.trust.content.walk import MODELS, SYSTEMS

HUGE = ("9e131071", "1e400", "9" * 25, "9" * 1_000, "9" * 100_000)
TINY = ("1e-131071", "1e-16000", "1e-400", f"0.{'0' * 20_000}1")
WORDS = ("NaN", "Infinity", "-Infinity")
ZERO = ("-0", "0", "-0.0")
LONG, WIDE = "x" * 3_000, "\U0001f680" * 3_000
BIG = 9 * 10**19
"""A price or a volume that may be."""
KLINE = (1, 2, 3, 4, 5, 7, 8, 9, 10)
PRICES = (1, 2, 3, 4)
TRADES = 8
ELSEWHERE = ("+rpt_price_check", "+fct_candles_1d_fx", "+fct_token_transfers_1d")
BUILT = (
    *MODELS,
    "+fct_candles_1w",
    "+rpt_loans",
    "+rpt_usd_rates_1d",
    "+rpt_gaps",
    *ELSEWHERE,
)


@dataclass(frozen=True)
class Case:
    """A number in one place of an answer, and whether it may stand there."""

    system: str
    place: str
    number: str
    is_kept: bool | None
    table: str
    answers: list[Answer]
    good: int = 0
    """How many of its answer's records stand beside it."""


@dataclass
class Seen:
    """What stood and what was rejected after the build, by load."""

    loads: dict[str, Case] = field(default_factory=dict)
    staged: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, list[str]] = field(default_factory=dict)
    largest: dict[str, dict] = field(default_factory=dict)
    """The candle of five minutes and the day of tokens that are as large as may be."""
    sums: dict[tuple[str, str], tuple] = field(default_factory=dict)
    """Aggregates of each number of each mart."""


def numbers(*, zero: bool | None, words: bool | None = False) -> Iterator[tuple]:
    """Yield numbers beyond all bounds, and odd ones, with whether they may stand."""
    for text in HUGE:
        yield text, False
        yield f"-{text}", False
    for text in TINY:
        yield text, False
    for text in WORDS:
        yield text, words
    for text in ZERO:
        yield text, zero


class Slots:
    """The slots of stories, each of which one case has."""

    def __init__(self) -> None:
        self.next = defaultdict(int)

    def take(self, system: System) -> int:
        """Return the next place of a system."""
        self.next[system.name] += 1
        return self.next[system.name] - 1


def binance(slots: Slots) -> Iterator[Case]:
    """Yield klines with each number in each place, as a text and bare."""
    system = SYSTEMS["binance"]

    def case(at: object, text: str, is_kept: bool | None, change) -> Case:
        place = slots.take(system)
        items = change(system.good(place))
        answers = system.pages(place, items, CAME)
        return Case("binance", f"{at}", text, is_kept, system.table, answers, 4)

    for at in KLINE:
        for text, is_kept in numbers(zero=at not in PRICES):
            for form in (text, f'"{text}"'):
                # zeros of another form are read alike, and whole numbers have no point
                told = None if at == TRADES and text in ZERO else is_kept

                def change(rows: list, at: int = at, form: str = form) -> list:
                    return [rows[0], spelt(rows[1], at, form), *rows[2:]]

                yield case(at, form, told, change)

    def largest(rows: list) -> list:
        for row in rows:
            row[1:6] = [str(BIG)] * 5
            row[7:11] = [str(BIG), 10**12 - 1, str(BIG), str(BIG)]
        return rows

    yield case("all", "largest", True, largest)


def plant(slots: Slots) -> Iterator[Case]:
    """Yield rows with each number as a signal's value, as a text and bare."""
    system = SYSTEMS["plant"]
    for text, is_kept in numbers(zero=True, words=None):
        # so large is a wind speed no number that this could not reckon with
        told = None if text in ("9" * 25, f"-{'9' * 25}") else is_kept
        for form in (text, f'"{text}"'):
            place = slots.take(system)
            rows = system.good(place)
            rows[1] = spelt(rows[1], "wind_speed", form)
            answers = system.pages(place, rows, CAME)
            yield Case("plant", "value", form, told, system.table, answers, 19)
    place = slots.take(system)
    rows = [
        {**row, "wind_speed": 9e99 if at % 2 else -9e99}
        for at, row in enumerate(system.good(place))
    ]
    answers = system.pages(place, rows, CAME)
    yield Case("plant", "value", "largest", True, system.table, answers, 19)


def xe(slots: Slots) -> Iterator[Case]:
    """Yield answers with each number as a rate, and as the amount that it is for."""
    system = SYSTEMS["xe"]
    for text, _ in numbers(zero=False):
        for old, new in (
            ('"mid":12.0125', f'"mid":{text}'),
            ('"amount":1,', f'"amount":{text},'),
        ):
            place = 20 + slots.take(system)
            if old.startswith('"mid"'):
                old = f'"mid":{12 + place}.0125'
            ((asked, body, at),) = system.pages(place, system.good(place), CAME)
            assert old in body
            answers = [(asked, body.replace(old, new), at)]
            good = 2 if old.startswith('"mid"') else 0
            yield Case("xe", old, text, False, system.table, answers, good)
    place = 20 + slots.take(system)
    code, _, at = system.good(place)[0]
    answers = system.pages(place, [(code, "9" * 15, at)], CAME)
    yield Case("xe", "mid", "largest", True, system.table, answers)


def ecb(slots: Slots) -> Iterator[Case]:
    """Yield files with each number as a rate."""
    system = SYSTEMS["ecb"]
    for text, is_kept in (*numbers(zero=False), ("9" * 15, True)):
        place = 40 + slots.take(system)
        lines = system.good(place)
        day, rates = lines[1]
        lines[1] = (day, {**rates, "USD": text})
        answers = system.pages(place, lines, CAME)
        yield Case("ecb", "rate", text, is_kept, system.table, answers, 5)


def rankings(slots: Slots) -> Iterator[Case]:
    """Yield whole answers with each number as a coin's price or volume."""
    for name, table in (("coinmarketcap", LISTINGS), ("cryptocompare", TOPLIST)):
        system = SYSTEMS[name]
        for text, is_kept in (*numbers(zero=True), (str(BIG), True)):
            place = 40 + slots.take(system)
            coins = system.good(place)
            coins[1] = type(coins[1])(**{**vars(coins[1]), "number": text})
            answers = system.pages(place, coins, CAME)
            yield Case(name, "number", text, is_kept, table, answers, 3)


def transfers(slots: Slots) -> Iterator[Case]:
    """Yield days with each number in each cell of a transfer, as a text and bare."""
    system = SYSTEMS["ethereum"]
    # amount, log index, time, block: what is no number as such is never read
    for at in (3, 5, 6, 7):
        for text, is_kept in numbers(zero=None):
            # within what a token's amount may be
            told = None if at == 3 and text == "9" * 25 else is_kept
            for form in (text, f'"{text}"'):
                place = 40 + slots.take(system)
                rows = system.good(place)
                cells = rows[1].cells
                rows[1] = ([*cells[:at], "@", *cells[at + 1 :]], form)
                answers = system.pages(place, rows, CAME)
                yield Case("ethereum", f"{at}", form, told, system.table, answers)
    for number, is_kept in ((2**256 - 1, True), (2**256, False), (10**78 - 1, False)):
        place = 40 + slots.take(system)
        rows = [
            type(row)(**{**vars(row), "amount": number, "token": token})
            for row, token in zip(
                system.good(place), (PLAIN, USDT, DEEP, PLAIN), strict=True
            )
        ]
        answers = system.pages(place, rows, CAME)
        yield Case("ethereum", "3", f"{number:.0e}", is_kept, system.table, answers)


def tokens(_: Slots) -> Iterator[Case]:
    """Yield tokens with each number as decimals, supply and block."""
    for at, text in enumerate((*HUGE, *TINY, *WORDS, str(2**256))):
        for column in (3, 4, 5):
            row = [f"0x{at:039x}{column}", "A", "A token", "18", "1000", "7"]
            row[column] = text
            answers = [token_page([row])]
            # more decimals than digits, and more blocks than seconds, can't be
            is_kept = None if column == 4 and text == "9" * 25 else False
            yield Case("ethereum", f"token {column}", text, is_kept, TOKENS, answers)


def keys(slots: Slots) -> Iterator[Case]:
    """Yield records whose keys are too long, or as long as may be."""

    def case(name: str, place: str, text: str, is_kept, change, good: int) -> Case:
        system = SYSTEMS[name]
        at = 60 + slots.take(system)
        ((request, body, came),) = system.pages(at, system.good(at), CAME)
        asked, said = change(json.loads(request), body, json.dumps(text)[1:-1])
        answer = (json.dumps(asked), said, came)
        return Case(name, place, text, is_kept, system.table, [answer], good)

    def asked(name: str):
        return lambda request, body, text: ({**request, name: text}, body)

    def said(old: str):
        return lambda request, body, text: (request, body.replace(old, text))

    for text in (LONG, WIDE, "x" * 201, "x" * 200):
        fits = len(text) <= 200
        yield case("binance", "symbol", text, fits, asked("symbol"), 0)
        yield case("plant", "turbine", text, fits, asked("turbine"), 0)
        yield case("plant", "signal", text, fits, said("wind_speed"), 10)
        yield case("ecb", "currency", text, False, said("USD"), 3)
        yield case("xe", "currency", text, False, said("GHS"), 2)
        yield case("xe", "asked", text, True, asked("to"), 3)
        yield case("coinmarketcap", "symbol", text, fits, said("S1"), 3)
        yield case("cryptocompare", "symbol", text, fits, said("S1"), 3)
        yield case("plant", "columns", text, True, asked("columns"), 20)

        def none(request: dict, _: str, text: str) -> tuple:
            return {**request, "turbine": text, "symbol": text, "to": text}, "<html>"

        for name in ("binance", "plant", "xe", "ecb"):
            yield case(name, "page", text, False, none, 0)

        def job(request: dict, body: str, text: str) -> tuple:
            return {**request, "job": text}, body

        yield case("ethereum", "job", text, True, job, 4)
        yield case("ethereum", "token", text, False, said(PLAIN), 3)


def loans(_: Slots) -> Iterator[Case]:
    """Yield a book in which each line has a number in another field."""
    lines = {name: [HEADINGS[name]] for name in HEADINGS}
    texts = (*HUGE, *TINY, *WORDS)
    lines["borrowers"] += [f"B{at},S,C,Z,{t}" for at, t in enumerate(texts)]
    lines["borrowers"] += [f"G{at},S,C,Z,600" for at in range(20)]
    for at, text in enumerate(texts):
        fields = ["12", "100", "10"]
        for place in range(3):
            told = [*fields[:place], text, *fields[place + 1 :]]
            head = f"B{at},L{at} {place},01/01/2023,{','.join(told)}"
            lines["loans"].append(f"{head},monthly,06/30/2023")
    lines["loans"].append("B0,good,01/01/2023,12,100,10,monthly,06/30/2023")
    most = "99999999999999999999"
    for name, form in (
        ("schedules", "good,{at},02/13/2023,{text}"),
        ("payments", "good,P{at},{text},02/14/2023"),
    ):
        for at, text in enumerate((*texts, *[most] * 20)):
            lines[name].append(form.format(at=at, text=text))
    for name, form in (
        ("borrowers", "{text},S,C,Z,600"),
        ("loans", "B0,{text},01/13/2023,12,100,10,monthly,06/30/2023"),
        ("loans", "{text},LB{at},01/13/2023,12,100,10,monthly,06/30/2023"),
        ("schedules", "good,{text},02/13/2023,1"),
        ("payments", "good,{text},1,02/14/2023"),
    ):
        for at, text in enumerate((LONG, WIDE, "x" * 201)):
            lines[name].append(form.format(at=at, text=text))
    for name, told in lines.items():
        answer = (json.dumps({"file": f"{name}.csv"}), "\n".join(told), CAME)
        yield Case("loans", name, "all", None, f"loans__{name}", [answer])


COLUMNS = """
select table_name, column_name, data_type
from information_schema.columns
where
    table_schema = 'marts'
    and data_type in ('numeric', 'bigint', 'integer', 'double precision')
order by 1, 2
"""
SUMMED = """
select
    sum({0}), avg({0}), stddev_samp({0}), sum({0} * {0}), sum({0} * 1e15),
    sum({0}::double precision), stddev_samp({0}::double precision),
    sum({0}::double precision * {0}::double precision)
from marts.{1}
"""
CASES = (binance, plant, xe, ecb, rankings, transfers, tokens, loans, keys)
_seen: list[Seen | None] = []


@pytest.fixture
def seen(request) -> Seen:
    """Return what became of all cases, which one database goes through once."""
    if not _seen:
        database, dbt = map(request.getfixturevalue, ("database", "dbt"))
        _seen.append(None)
        _seen[0] = walk(database, dbt)
    return _seen[0] or pytest.fail("the walk failed in the first test")


def walk(database, dbt) -> Seen:
    raw, slots, found = Raw(database), Slots(), Seen()
    for name, system in SYSTEMS.items():
        if name not in ("loans", "coinmarketcap", "cryptocompare"):
            for load in system.prelude():
                raw.land_answers(*load)
    for cases in CASES:
        for case in cases(slots):
            found.loads[raw.land_answers(case.table, case.answers)] = case
    raw.land(failed=[(LONG, MONDAY, MONDAY + HOUR), (WIDE, MONDAY, MONDAY + HOUR)])
    dbt("run", *BUILT)
    _sum(Tables(database), found)
    staged = database.query(
        "select table_name from information_schema.columns "
        "where table_schema = 'staging' and column_name = 'load_id'"
    )
    for (name,) in staged:
        if name.endswith("__rejected"):
            assert_coded(database, f"staging.{name}")
            for load, reason in database.query(
                f"select load_id, reason from staging.{name}"  # noqa: S608 - ours
            ):
                found.rejected.setdefault(load, []).append(reason)
        elif name.count("__") == 1 and not name.endswith("__files"):
            for load, count in database.query(
                f"select load_id, count(*) from staging.{name} group by 1"  # noqa: S608 - ours
            ):
                found.staged[load] = found.staged.get(load, 0) + count
    return found


def _sum(tables: Tables, found: Seen) -> None:
    (found.largest["candle"],) = tables.records(
        f"select * from marts.fct_candles_5m where low_price = {BIG}"  # noqa: S608
    )
    (found.largest["day"],) = tables.records(
        "select sum(amount) as amount, sum(value_usd) as worth "
        "from marts.fct_token_transfers_1d where amount >= 1e70"
    )
    for table, column, kind in tables.database.query(COLUMNS):
        name = f"{column}::numeric" if kind in ("bigint", "integer") else column
        (row,) = tables.database.query(SUMMED.format(f"({name})", table))
        found.sums[table, column] = row


@pytest.mark.parametrize(
    "system", ["binance", "plant", "xe", "ecb", "coinmarketcap", "cryptocompare"]
)
def test_a_number_beyond_its_bounds_is_rejected_alone_and_all_others_stand(
    seen, system
):
    for load, case in seen.loads.items():
        if case.system != system:
            continue
        reasons, staged = seen.rejected.get(load, []), seen.staged.get(load, 0)
        told = (case.place, case.number[:20], reasons, staged)
        assert staged >= case.good, told
        assert staged > case.good or reasons or case.is_kept, told
        if case.is_kept is not None:
            assert bool(reasons) != case.is_kept, told


def test_every_bad_cell_of_the_chain_is_rejected_alone(seen):
    for load, case in seen.loads.items():
        if case.system == "ethereum" and case.is_kept is not None:
            told = (case.place, case.number[:20], seen.rejected.get(load))
            assert bool(seen.rejected.get(load)) != case.is_kept, told


def test_every_bad_number_of_a_book_of_loans_is_rejected_alone(seen):
    by_place = {
        case.place: (load, seen.rejected.get(load, []), seen.staged.get(load, 0))
        for load, case in seen.loads.items()
        if case.system == "loans"
    }
    bad = len(HUGE) + len(TINY) + len(WORDS)
    assert {place: len(found) for place, (_, found, _) in by_place.items()} == {
        "borrowers": bad + 3,
        "loans": bad * 3 + 6,
        "schedules": bad + 3,
        "payments": bad + 3,
    }
    assert by_place["loans"][2] == bad * 3 + 1
    assert by_place["payments"][2] == by_place["schedules"][2] == 20


def test_the_sentence_names_the_bound(seen):
    bounds = {
        "binance": "price out of range: at least 1e-30 and below 1e20",
        "plant": "value out of range: at least 1e-300 and below 1e100",
        "xe": "amount that the rate is for out of range: at least 1e-9 and below 1e12",
        "ecb": "rate out of range: at least 1e-15 and below 1e15",
        "coinmarketcap": "price out of range: at least 1e-30 and below 1e20",
        "cryptocompare": "volume out of range: at least 1e-30 and below 1e20",
        "ethereum": "amount out of range: below 2^256",
        "loans": "amount out of range: at least 1e-30 and below 1e20",
    }
    for system, sentence in bounds.items():
        told = {
            reason
            for load, case in seen.loads.items()
            if case.system == system
            for reason in seen.rejected.get(load, [])
        }
        assert any(sentence in reason for reason in told), (system, told)


def test_what_is_as_large_as_may_be_is_summed_exactly(seen):
    candle, day = seen.largest["candle"], seen.largest["day"]

    assert candle["quote_volume"] == candle["base_volume"] == 5 * BIG
    assert candle["trade_count"] == 5 * (10**12 - 1)
    with localcontext(prec=200):
        most = 2**256 - 1
        assert day["amount"] == 2 * most + Decimal(most).scaleb(-6)
        assert day["worth"] == Decimal(most).scaleb(-6)


def test_no_aggregate_of_any_mart_overflows(seen):
    assert len({table for table, _ in seen.sums}) > 15
    for place, found in seen.sums.items():
        assert all(abs(number or 0) < 1e308 for number in found), place
