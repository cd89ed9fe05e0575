"""Which candles are closed: those that programs which trade on them may see."""

from datetime import timedelta

MINUTES = {
    "1m": 1,
    "5m": 5,
    "15m": 15,
    "1h": 60,
    "4h": 240,
    "1d": 1440,
    "1w": 10080,
}
NEWEST_MINUTE = """
    select minutes.opened_at from marts.fct_candles_1m as minutes
    where minutes.exchange = %s and minutes.symbol = %s
    order by minutes.opened_at desc
    limit 1
"""


def is_closed(grain: str) -> str:
    """Return a condition with exchange, symbol and `rest` for parameters.

    It holds where the candle's last minute has landed, or nothing can change it.
    """
    final = "" if grain == "1m" else "is_final or "
    return f"({final}opened_at <= ({NEWEST_MINUTE}) - %s)"


def rest(grain: str) -> timedelta:
    """Return how long after its opening a candle's last minute opens."""
    return timedelta(minutes=MINUTES[grain] - 1)
