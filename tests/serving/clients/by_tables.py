"""pandas, polars and DuckDB: the hours that each reads, summed exactly, as JSON."""

import io
import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import polars
import requests

url = f"{sys.argv[1]}/v1/candles/binance/BTCUSDT?grain=1h&format="
by_pandas = pandas.read_csv(f"{url}csv", dtype=str)
parquet, lines = (
    requests.get(url + form, timeout=60).content for form in ("parquet", "csv")
)
by_polars = polars.read_parquet(io.BytesIO(parquet))
# its own HTTP is an extension that it downloads
saved = Path(sys.argv[2], "hours.csv")
saved.write_bytes(lines)
by_duckdb = duckdb.read_csv(str(saved), all_varchar=True)
closes = {
    "pandas": list(by_pandas["close_price"]),
    "polars": by_polars["close_price"].to_list(),
    "duckdb": [close for (close,) in by_duckdb.select("close_price").fetchall()],
}
print(
    json.dumps(
        {
            name: [len(found), str(sum(map(Decimal, found)))]
            for name, found in closes.items()
        }
    )
)
