"""The short tables that `make run` shows of what is in the marts."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from rich import box
from rich.table import Table

import warehouse


@dataclass(frozen=True)
class Shown:
    """A query with its title, the role that asks it, and its columns' headings.

    With a `system`, the last column says whether the first is recorded or generated.
    """

    title: str
    columns: tuple[str, ...]
    query: str
    role: str = "reader"
    system: str | None = None


CANDLES = Shown(
    "Newest hourly candles, UTC",
    (
        *("symbol", "opened at", "open", "high", "low", "close", "volume"),
        *("trades", "minutes", "series"),
    ),
    """
    select
        newest.symbol,
        to_char(newest.opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'),
        trim_scale(newest.open_price),
        trim_scale(newest.high_price),
        trim_scale(newest.low_price),
        trim_scale(newest.close_price),
        trim_scale(newest.base_volume),
        newest.trade_count,
        newest.minute_count
    from (select distinct symbol from marts.fct_candles_1w) as symbols
    cross join lateral (
        select *
        from marts.fct_candles_1h as candles
        where candles.symbol = symbols.symbol
        order by candles.opened_at desc
        limit 1
    ) as newest
    order by newest.symbol
    """,
    system="binance",
)
TURBINES = Shown(
    "Newest whole 10 minutes of each turbine, UTC",
    (
        *("turbine", "signal", "from", "mean", "least", "most", "deviation"),
        *("samples", "series"),
    ),
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
    system="plant",
)
RATES = Shown(
    "Newest rates of the US dollar",
    ("currency", "day", "for one USD", "in USD", "provider"),
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
    ("rank", "symbol", "name", "USD", "24 h volume, USD", "moved", "at"),
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
    ("loan", "days past due", "at risk", "paid", "expected", "last paid on"),
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
    ("token", "day", "transfers", "senders", "receivers", "amount", "in USD"),
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


def tables(origins: Mapping[tuple[str, str], str]) -> Iterator[Table]:
    """Give what the marts hold, a table a system; empty ones are left out."""
    for shown in (CANDLES, COINS, TURBINES, RATES, LOANS, FLOWS):
        found = rows(shown.role, shown.query)
        table = Table(title=shown.title, title_justify="left", box=box.SIMPLE)
        for name in shown.columns:
            table.add_column(name, no_wrap=True)
        for row in found:
            origin = origins.get((shown.system, row[0]), "real")
            table.add_row(*map(str, row), *([origin] if shown.system else []))
        if found:
            yield table


def rows(role: str, query: str, *parameters: object) -> list[tuple]:
    """Give the rows that a role gets."""
    with closing(warehouse.connect(role)) as held, held.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
