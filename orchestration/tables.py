"""The short tables that `make run` shows of what is in the marts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

import warehouse
from ingestion.sources import EXCHANGES


@dataclass(frozen=True)
class Shown:
    """A query with its title, the role that asks it, and its columns' headings.

    What it shows comes from `systems`; without rows, `empty` says why. On a terminal
    that is too narrow, columns go in the order of `spare`. Where `has_series`, the last
    column says whether the row's is recorded or generated; a row begins with the key of
    its series, after the system where there are several.
    """

    title: str
    systems: tuple[str, ...]
    columns: tuple[str, ...]
    spare: tuple[str, ...]
    empty: str
    query: str
    role: str = "reader"
    has_series: bool = False


CANDLES = Shown(
    "Newest hourly candles, UTC",
    EXCHANGES,
    (
        *("exchange", "symbol", "opened at", "open", "high", "low", "close", "volume"),
        *("trades", "minutes", "series"),
    ),
    (
        *("minutes", "trades", "series", "volume", "open", "low", "high"),
        *("exchange", "opened at"),
    ),
    "no hour has a candle",
    """
    select
        newest.exchange,
        newest.symbol,
        to_char(newest.opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
        trim_scale(newest.open_price),
        trim_scale(newest.high_price),
        trim_scale(newest.low_price),
        trim_scale(newest.close_price),
        trim_scale(newest.base_volume),
        newest.trade_count,
        newest.minute_count
    from (select distinct exchange, symbol from marts.fct_candles_1w) as symbols
    cross join lateral (
        select *
        from marts.fct_candles_1h as candles
        where
            candles.exchange = symbols.exchange
            and candles.symbol = symbols.symbol
        order by candles.opened_at desc
        limit 1
    ) as newest
    order by newest.exchange, newest.symbol
    """,
    has_series=True,
)
TURBINES = Shown(
    "Newest whole 10 minutes of each turbine, UTC",
    ("plant",),
    (
        *("turbine", "signal", "from", "mean", "least", "most", "deviation"),
        *("samples", "series"),
    ),
    ("series", "samples", "deviation", "most", "least", "from"),
    "no turbine has ten minutes with all of their readings",
    """
    select
        newest.turbine_id,
        newest.signal,
        to_char(newest.window_started_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
        round(newest.mean_value::numeric, 3),
        round(newest.min_value::numeric, 3),
        round(newest.max_value::numeric, 3),
        round(newest.std_value::numeric, 3),
        newest.sample_count || '/' || newest.expected_count
    from (select distinct turbine_id, signal from marts.dim_signals) as signals
    cross join lateral (
        select *
        from marts.fct_turbine_signals_10m as windows
        where
            windows.turbine_id = signals.turbine_id
            and windows.signal = signals.signal
            and windows.coverage = 1
        order by windows.window_started_at desc
        limit 1
    ) as newest
    order by newest.turbine_id, newest.signal
    """,
    has_series=True,
)
RATES = Shown(
    "Newest rates of the US dollar",
    ("xe",),
    ("currency", "day", "for one USD", "in USD", "provider"),
    ("provider", "in USD", "day"),
    "XE has given no rate",
    """
    select
        currency_to,
        rate_date,
        round(currency_to_usd_rate, 4),
        round(usd_to_currency_rate, 8),
        provider
    from (
        select distinct on (currency_to) *
        from marts.rpt_usd_rates_1d
        where provider = 'xe'
        order by currency_to, rate_date desc
    ) as newest
    order by 1
    """,
)
COINS = Shown(
    "Top coins, UTC",
    ("coinmarketcap", "cryptocompare"),
    ("rank", "symbol", "name", "USD", "24 h volume, USD", "moved", "at"),
    ("moved", "at", "24 h volume, USD", "name", "rank"),
    "no answer of CoinMarketCap and one of CryptoCompare make a snapshot",
    """
    select
        coin_rank,
        symbol,
        coin_name,
        price_usd,
        round(volume_24h_usd),
        coalesce(to_char(rank_change, 'FMSG990'), 'new'),
        to_char(snapshot_at at time zone 'utc', 'YYYY-MM-DD HH24:MI')
    from marts.top_coins(5)
    """,
)
LOANS = Shown(
    "Loans most in arrears",
    ("loans",),
    ("loan", "days past due", "at risk", "paid", "expected", "last paid on"),
    ("last paid on", "expected", "paid", "days past due"),
    "the book has no loan",
    """
    select
        loan_id,
        current_days_past_due,
        amount_at_risk,
        total_amount_paid,
        total_amount_expected,
        last_repayment_date
    from marts.rpt_loans
    order by 2 desc, 3 desc, 1
    limit 5
    """,
    role="transformer",
)

FLOWS = Shown(
    "Ethereum's largest token flows of the newest day",
    ("ethereum",),
    ("token", "day", "transfers", "senders", "receivers", "amount", "in USD"),
    ("senders", "receivers", "day", "transfers", "amount"),
    "no token of the newest day has a price in dollars",
    """
    select
        token_symbol,
        transfer_date,
        transfer_count,
        sender_count,
        receiver_count,
        round(amount, 2),
        round(value_usd)
    from marts.fct_token_transfers_1d
    where
        transfer_date = (select max(transfer_date) from marts.fct_token_transfers_1d)
        and value_usd is not null
    order by value_usd desc, token_address
    limit 5
    """,
)


APART = """
select
    (max(fetched_at) filter (where system = 'coinmarketcap'))::timestamptz(0)::text,
    (max(fetched_at) filter (where system = 'cryptocompare'))::timestamptz(0)::text
from intermediate.int_coin_answers__paired
"""


def tables(
    origins: Mapping[tuple[str, str], str], troubles: Mapping[str, str], width: int
) -> Iterator[Table | str]:
    """Yield what the marts hold, a table a system, or why there is nothing to show.

    `troubles` say of systems what kept them from landing all of their keys.
    """
    for shown in (CANDLES, COINS, TURBINES, RATES, LOANS, FLOWS):
        found = [
            (*row, origins.get(series_of(shown, row), "real"))
            if shown.has_series
            else row
            for row in rows(shown.role, shown.query)
        ]
        kept_away = [troubles[name] for name in shown.systems if name in troubles]
        if found:
            yield table_of(shown, found, width)
            yield from (f"  Not all of it is new: {why}" for why in kept_away)
        else:
            why = "; ".join(kept_away or [reason(shown)])
            yield f"{shown.title}: nothing to show yet, since {why}"


def series_of(shown: Shown, row: Sequence[str]) -> tuple[str, str]:
    """Return the system and the key of the series that a row is of."""
    return row[:2] if len(shown.systems) > 1 else (shown.systems[0], row[0])


def reason(shown: Shown) -> str:
    """Return why a table is empty though its systems landed."""
    if shown is not COINS:
        return shown.empty
    priced, ranked = rows("transformer", APART)[0]
    if not priced or not ranked:
        return shown.empty
    return (
        f"{shown.empty}: the newest prices are of {priced}, the newest ranks of "
        f"{ranked}, and they may be 60 seconds apart; the next run may make one"
    )


def table_of(shown: Shown, found: Sequence[tuple], width: int) -> Table:
    """Return the table with as many columns as fit, so that none is ever cut."""
    needed = [name for name in shown.columns if name not in shown.spare]
    dropped = [*shown.spare, *reversed(needed[1:])]
    table = _table(shown, shown.columns, found)
    for count in range(1, len(dropped) + 1):
        if Console(width=10_000).measure(table).maximum <= width:
            break
        left = [name for name in shown.columns if name not in dropped[:count]]
        table = _table(shown, left, found)
    return table


def _table(shown: Shown, names: Sequence[str], found: Sequence[tuple]) -> Table:
    table = Table(title=shown.title, title_justify="left", box=box.SIMPLE)
    for name in names:
        table.add_column(name, no_wrap=True)
    for row in found:
        cells = dict(zip(shown.columns, row, strict=True))
        table.add_row(
            *("" if cells[name] is None else str(cells[name]) for name in names)
        )
    return table


def rows(role: str, query: str, *parameters: object) -> list[tuple]:
    """Return the rows that a role gets."""
    with closing(warehouse.connect(role)) as held, held.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
