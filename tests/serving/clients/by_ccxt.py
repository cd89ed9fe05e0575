"""ccxt: markets, and hours by pages; what it got, as JSON."""

import json
import sys

import ccxt

url, key = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
exchange = ccxt.binance(
    {
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False},
        "headers": {"X-MBX-APIKEY": key} if key else {},
    }
)
exchange.urls["api"]["public"] = f"{url}/binance/api/v3"
markets = exchange.load_markets()
rows, since = [], exchange.parse8601("2000-01-01T00:00:00Z")
while page := exchange.fetch_ohlcv("BTC/USDT", "1h", since=since, limit=100):
    rows += page
    since = page[-1][0] + 1
newest = exchange.fetch_ohlcv("BTC/USDT", "1d", limit=3)
print(json.dumps({"markets": sorted(markets), "rows": rows, "newest": newest}))
