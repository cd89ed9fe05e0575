"""Candles computed without dbt: in Polars, straight from minutes, by calendar."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

import polars as pl

GRAINS = {"5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440, "1w": 10_080}
EXACT = pl.Decimal(38, 8)
MEASURES = {
    "open_price": 1,
    "high_price": 2,
    "low_price": 3,
    "close_price": 4,
    "base_volume": 5,
    "quote_volume": 7,
    "taker_buy_base_volume": 9,
    "taker_buy_quote_volume": 10,
}
Key = tuple[str, datetime]


def candles(
    klines: Mapping[Key, list],
    grain: str,
    gaps: Iterable[tuple[str, datetime, datetime]] = (),
) -> dict[Key, dict]:
    """Return Binance's candles of a grain from minutes, and from what it lacks."""
    bucket = pl.col("minute").dt.truncate(grain).alias("opened_at")
    minutes = _minutes(klines)
    rolled = (
        minutes.sort("minute")
        .group_by("symbol", bucket)
        .agg(
            pl.col("open_price").first(),
            pl.col("high_price").max(),
            pl.col("low_price").min(),
            pl.col("close_price").last(),
            *(pl.col(name).sum() for name in MEASURES if name.endswith("_volume")),
            pl.col("trade_count").sum(),
            pl.len().cast(pl.Int64).alias("minute_count"),
        )
    )
    known = (
        pl.concat([minutes.select("symbol", "minute"), _absent(gaps)])
        .unique()
        .group_by("symbol", bucket)
        .agg(pl.len().alias("known_count"))
    )
    rows = rolled.join(known, on=["symbol", "opened_at"]).to_dicts()
    for row in rows:
        row["exchange"] = "binance"
        row["vwap_price"] = _ratio(row["quote_volume"], row["base_volume"])
        row["is_complete"] = row["minute_count"] == GRAINS[grain]
        row["is_final"] = row.pop("known_count") == GRAINS[grain]
    return {(row["symbol"], row["opened_at"]): row for row in rows}


def _minutes(klines: Mapping[Key, list]) -> pl.DataFrame:
    columns = {
        "symbol": pl.Series([symbol for symbol, _ in klines], dtype=pl.String),
        "minute": _times([opened_at for _, opened_at in klines]),
        "trade_count": pl.Series([row[8] for row in klines.values()], dtype=pl.Int64),
    }
    for name, place in MEASURES.items():
        texts = pl.Series([row[place] for row in klines.values()], dtype=pl.String)
        columns[name] = texts.cast(EXACT)
    return pl.DataFrame(columns)


def _absent(gaps: Iterable[tuple[str, datetime, datetime]]) -> pl.DataFrame:
    absent = [
        (symbol, start + timedelta(minutes=place))
        for symbol, start, end in gaps
        for place in range(int((end - start).total_seconds() // 60))
    ]
    return pl.DataFrame(
        {
            "symbol": pl.Series([symbol for symbol, _ in absent], dtype=pl.String),
            "minute": _times([minute for _, minute in absent]),
        }
    )


def _times(times: list[datetime]) -> pl.Series:
    return pl.Series(times, dtype=pl.Datetime("us", "UTC"))


def _ratio(quote: Decimal, base: Decimal) -> Decimal | None:
    with localcontext(prec=60):
        return quote / base if quote and base else None


def assert_candles(found: Mapping[Key, dict], expected: Mapping[Key, dict]) -> None:
    """Compare candles, exactly but for the rounding of a division."""
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        told, vwap = dict(found[key]), row["vwap_price"]
        difference = told["vwap_price"]
        if vwap is not None:
            assert abs(difference - vwap) <= vwap * Decimal("1e-12"), (key, difference)
            told["vwap_price"] = vwap
        assert told == row, key
