"""Binance klines to Postgres the way dlt's documentation starts people: the yardstick.

A resource that pages with `requests` and yields a dict a candle; `pipeline.run`; no
other settings than the destination's credentials and dlt's folder, by environment.
`python benchmarks/dlt_default.py BASE_URL START_MS END_MS SYMBOL...`
"""

import sys
import time
from collections.abc import Iterator

import dlt
from dlt.sources.helpers import requests

COLUMNS = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "trade_count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "unused",
)


@dlt.resource(write_disposition="append")
def klines(
    base_url: str, start: int, end: int, symbols: list[str]
) -> Iterator[dict[str, str | int]]:
    """Yield 1-minute klines that open in [start, end), in epoch milliseconds."""
    for symbol in symbols:
        opened_at = start
        while opened_at < end:
            params = {
                "symbol": symbol,
                "interval": "1m",
                "startTime": opened_at,
                "endTime": end - 1,
                "limit": 1000,
            }
            response = requests.get(f"{base_url}/api/v3/klines", params=params)
            response.raise_for_status()
            page = response.json()
            for candle in page:
                yield {"symbol": symbol, **dict(zip(COLUMNS, candle, strict=True))}
            if len(page) < 1000:
                break
            opened_at = page[-1][0] + 60_000


if __name__ == "__main__":
    url, first, last, *names = sys.argv[1:]
    pipeline = dlt.pipeline(
        pipeline_name="klines", destination="postgres", dataset_name="raw"
    )
    began = time.monotonic()
    load_info = pipeline.run(klines(url, int(first), int(last), names))
    print(load_info)
    print(f"Landed in {time.monotonic() - began:.2f} s")
