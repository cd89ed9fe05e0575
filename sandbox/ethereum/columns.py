"""The columns of the two tables of `crypto_ethereum`, and times as they have them."""

from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
STRING, INTEGER, TIMESTAMP = "STRING", "INTEGER", "TIMESTAMP"
CREATED = {
    "block_timestamp": TIMESTAMP,
    "block_number": INTEGER,
    "block_hash": STRING,
}
TABLES = {
    "token_transfers": {
        "token_address": STRING,
        "from_address": STRING,
        "to_address": STRING,
        "value": STRING,
        "transaction_hash": STRING,
        "log_index": INTEGER,
        **CREATED,
    },
    "tokens": {
        "address": STRING,
        "symbol": STRING,
        "name": STRING,
        "decimals": STRING,
        "total_supply": STRING,
        **CREATED,
    },
}
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


def time_of(value: str | int) -> int:
    """Return microseconds from ISO 8601, BigQuery's own form, or epoch seconds."""
    if isinstance(value, int):
        return value if value > 10**14 else value * MICROSECONDS
    moment = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * MICROSECONDS)
