"""Token transfers as BigQuery answers them, and the marts computed without dbt."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from random import Random

from tests.support.klines import HOUR, MINUTE, every_minute, kline

START = datetime(2024, 3, 4, tzinfo=UTC)
DAY = timedelta(days=1)
FETCHED = START + 60 * DAY
TRANSFERS, TOKENS = "ethereum__token_transfers", "ethereum__tokens"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
LINK = "0x514910771af9ca656af840dff83e8264ecf986ca"
PLAIN = "0x" + "33" * 20
DEEP = "0x" + "77" * 20
UNKNOWN = "0x" + "ab" * 20
ALL = (WETH, USDT, LINK, PLAIN, DEEP, UNKNOWN)
KNOWN = {
    WETH: ("WETH", 18),
    USDT: ("USDT", 6),
    LINK: ("LINK", 18),
    PLAIN: ("PLAIN", 0),
    DEEP: ("DEEP", 77),
}
MARKETS = {WETH: "ETHUSDT", LINK: "LINKUSDT"}
COLUMNS = (
    "token_address,from_address,to_address,value,transaction_hash,log_index,"
    "block_timestamp,block_number,block_hash"
)
MODELS = (
    *("-s", "stg_ethereum__*", "stg_token_*", "stg_markets", "stg_pegged_assets"),
    *("dim_tokens", "fct_token_transfers", "fct_token_transfers_1d"),
)
EVERYTHING = (
    *("-s", "@source:raw.ethereum__token_transfers", "@source:raw.ethereum__tokens"),
    *("--exclude", "marts.quality", "rpt_*", "fct_candles_4h+"),
)
Landed = tuple[str, str, datetime]
Key = tuple[str, int]


@dataclass(frozen=True)
class Transfer:
    """A transfer: when, the place among its day's, which token, how much."""

    at: datetime
    place: int
    token: str
    amount: int
    log_index: int = 0
    giver: str | None = "0x" + "0" * 40
    salt: str = ""

    @property
    def transaction(self) -> str:
        """Return the hash, the same wherever the transaction is moved to."""
        return "0x" + f"{self.salt}{self.place:x}".rjust(64, "0")

    @property
    def key(self) -> Key:
        """Return what a transfer is known by."""
        return self.transaction, self.log_index

    @property
    def taker(self) -> str:
        """Return who got it."""
        return f"0x{self.place % 7:040x}"

    @property
    def block(self) -> int:
        """Return the block's number, one for each time."""
        return int(self.at.timestamp()) // 12

    @property
    def cells(self) -> list[str | None]:
        """Return the row's nine cells, as BigQuery has them: texts, or None."""
        microseconds = int(self.at.timestamp()) * 10**6
        return [
            *(self.token, self.giver, self.taker, str(self.amount)),
            *(self.transaction, str(self.log_index)),
            *(str(microseconds), str(self.block), f"0x{self.block:064x}"),
        ]


@dataclass(frozen=True)
class Answer:
    """A job's answer for a day: its rows, in pages of so many."""

    rows: Sequence[Transfer | list]
    day: datetime = START
    job: str = "job"
    fetched_at: datetime = FETCHED
    page_rows: int = 50
    limit: int | None = None
    announced: int | None = None
    indent: int | None = None
    """Of the JSON, if it is not to be of BigQuery's own form."""

    def pages(self) -> list[Landed]:
        """Return request, payload and time of each page; none lacks, be it empty."""
        cells = [getattr(row, "cells", row) for row in self.rows]
        starts = range(0, max(len(cells), 1), self.page_rows)
        return [
            self._page(number, cells[start : start + self.page_rows])
            for number, start in enumerate(starts, 1)
        ]

    def _page(self, number: int, rows: list) -> Landed:
        request = {
            "columns": COLUMNS,
            "from": f"{self.day:%Y-%m-%dT%H:%M:%SZ}",
            "job": self.job,
            "page": number,
            "table": "token_transfers",
            "to": f"{self.day + DAY:%Y-%m-%dT%H:%M:%SZ}",
        }
        if self.limit:
            request["limit"] = self.limit
        total = len(self.rows) if self.announced is None else self.announced
        body = {"jobReference": {"jobId": self.job}, "totalRows": str(total)}
        if rows:
            body["rows"] = [{"f": [{"v": cell} for cell in row]} for row in rows]
        text = json.dumps(body, separators=(",", ":"), indent=self.indent)
        return json.dumps(request), text, self.fetched_at


def transfers(count: int, day: datetime = START, salt: str = "") -> list[Transfer]:
    """Return so many transfers of all tokens, over a day, up to 78 digits long."""
    made = []
    for place in range(count):
        chance = Random(f"{day} {place} {salt}")  # noqa: S311 - no secret
        at = day + timedelta(seconds=12 * (place * 7200 // count))
        made.append(
            Transfer(
                at,
                place,
                ALL[place % len(ALL)],
                chance.randrange(2 ** chance.choice((8, 64, 70, 256))),
                # the nulls in one page, so that the others are of BigQuery's own form
                giver=f"0x{place % 5:040x}" if place > 9 else None,
                salt=f"{day:%j}{salt}",
            )
        )
    return made


def token_page(rows: Iterable[Sequence], fetched_at: datetime = FETCHED) -> Landed:
    """Return a page of tokens: address, symbol, name, decimals, supply, block each."""
    items = [
        {
            "f": [
                {"v": cell}
                for cell in (
                    *(address, symbol, name, decimals, supply),
                    *("1600000000000000", str(block), "0x" + "0" * 64),
                )
            ]
        }
        for address, symbol, name, decimals, supply, block in rows
    ]
    body = {"totalRows": str(len(items)), "rows": items}
    request = '{"job":"tokens","page":1,"table":"tokens"}'
    return request, json.dumps(body), fetched_at


def known_tokens(fetched_at: datetime = FETCHED) -> Landed:
    """Return the page of the known tokens."""
    return token_page(
        [
            (address, symbol, f"{symbol} token", str(decimals), "1000", 7)
            for address, (symbol, decimals) in KNOWN.items()
        ],
        fetched_at,
    )


@dataclass
class Truth:
    """What is known, from which the marts follow."""

    answers: list[Answer]
    closes: dict[str, dict[datetime, Decimal]] = field(default_factory=dict)
    tokens: Mapping[str, tuple] = field(default_factory=lambda: KNOWN)

    def transfers(self) -> dict[Key, tuple]:
        """Return what fct_token_transfers is to say of each transfer."""
        newest: dict[datetime, Answer] = {}
        for answer in sorted(self.answers, key=lambda one: one.fetched_at):
            if not answer.limit and answer.announced in (None, len(answer.rows)):
                newest[answer.day] = answer
        found = {}
        for answer in sorted(newest.values(), key=lambda one: one.fetched_at):
            for row in answer.rows:
                if isinstance(row, Transfer):
                    found[row.key] = self._expected(row)
        return found

    def _expected(self, row: Transfer) -> tuple:
        symbol, decimals = self.tokens.get(row.token, (None, None))
        with localcontext(prec=400):
            amount = None if decimals is None else Decimal(row.amount).scaleb(-decimals)
            price, priced_at = self._price(row)
            is_valued = amount is not None and price is not None
            return (
                row.at,
                row.token,
                symbol,
                row.giver,
                row.taker,
                row.amount,
                amount,
                amount * price if is_valued else None,
                priced_at if is_valued else None,
            )

    def _price(self, row: Transfer) -> tuple[Decimal | None, datetime | None]:
        if row.token == USDT:
            return Decimal(1), row.at
        closed = {
            opened_at + HOUR: price
            for opened_at, price in self.closes.get(MARKETS.get(row.token), {}).items()
            if timedelta() <= row.at - (opened_at + HOUR) <= DAY
        }
        newest = max(closed, default=None)
        return closed.get(newest), newest

    def daily(self) -> dict[tuple[date, str], tuple]:
        """Return what fct_token_transfers_1d is to say of each day and token."""
        groups = defaultdict(list)
        for told in self.transfers().values():
            groups[told[0].date(), told[1]].append(told)
        with localcontext(prec=400):
            return {
                key: (
                    rows[0][2],
                    len(rows),
                    len({row[3] for row in rows} - {None}),
                    len({row[4] for row in rows}),
                    _sum(row[6] for row in rows),
                    _sum(row[7] for row in rows),
                )
                for key, rows in groups.items()
            }


def _sum(numbers: Iterable[Decimal | None]) -> Decimal | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def closes(
    symbol: str,
    start: datetime,
    end: datetime,
    without: Iterable[datetime] = (),
    revision: int = 0,
) -> dict[datetime, Decimal]:
    """Return the closes of the hours that have every minute, by their opening."""
    left_out = set(without)
    return {
        hour: Decimal(kline(symbol, hour + 59 * MINUTE, revision)[4])
        for hour in list(every_minute(start, end))[::60]
        if not left_out & set(every_minute(hour, hour + HOUR))
    }


def built_transfers(tables: object) -> dict[Key, tuple]:
    """Return what fct_token_transfers says, in the form of `Truth.transfers`."""
    return {
        (row["transaction_hash"], int(row["log_index"])): (
            *(row["block_at"], row["token_address"], row["token_symbol"]),
            *(row["from_address"], row["to_address"], int(row["amount_raw"])),
            *(row["amount"], row["value_usd"], row["priced_at"]),
        )
        for row in tables.records("select * from marts.fct_token_transfers")
    }


def built_days(tables: object) -> dict[tuple[date, str], tuple]:
    """Return what fct_token_transfers_1d says, in the form of `Truth.daily`."""
    return {
        (row["transfer_date"], row["token_address"]): (
            *(row["token_symbol"], row["transfer_count"]),
            *(row["sender_count"], row["receiver_count"]),
            *(row["amount"], row["value_usd"]),
        )
        for row in tables.records("select * from marts.fct_token_transfers_1d")
    }
