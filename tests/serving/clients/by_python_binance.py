"""python-binance: the newest hours, and its historical generator, as JSON."""

import json
import sys

from binance.client import Client

Client.API_URL = f"{sys.argv[1]}/binance/api"
client = Client()
newest = client.get_klines(symbol="BTCUSDT", interval="1h", limit=5)
rows = list(
    client.get_historical_klines_generator("BTCUSDT", "1h", "1 Jan 2020", limit=100)
)
print(json.dumps({"newest": newest, "rows": rows}))
