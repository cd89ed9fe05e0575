"""Markets by name: `BTCUSDT` at the usual exchange, `coinbase:BTC-USD` at another."""

USUAL = "binance"
"""The exchange of a symbol that is asked for without one."""
SYMBOLS = "select distinct exchange, symbol from marts.fct_candles_1w order by 1, 2"


def market_of(name: str) -> tuple[str, str]:
    """Return the exchange and the symbol of a name, in any case."""
    exchange, _, symbol = name.rpartition(":")
    return exchange.lower() or USUAL, symbol.upper()
