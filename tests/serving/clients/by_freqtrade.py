"""freqtrade download-data: hours and days of a pair, as JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pandas

url, folder = sys.argv[1], Path(sys.argv[2])
ccxt = {
    "urls": {"api": {"public": f"{url}/binance/api/v3"}},
    "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False},
}
config = {
    "stake_currency": "USDT",
    "dry_run": True,
    "exchange": {
        "name": "binance",
        "only_from_ccxt": True,
        "ccxt_config": ccxt,
        "ccxt_async_config": ccxt,
    },
    "pairlists": [{"method": "StaticPairList"}],
}
(folder / "config.json").write_text(json.dumps(config))
done = subprocess.run(  # noqa: S603 - the program that is tried
    [
        *(str(Path(sys.executable).with_name("freqtrade")), "download-data"),
        *("--config", str(folder / "config.json"), "--userdir", str(folder)),
        *("--pairs", "BTC/USDT", "--timeframes", "1h", "1d"),
        *("--timerange", sys.argv[3], "--data-format-ohlcv", "feather"),
    ],
    check=False,
    capture_output=True,
    text=True,
)
if done.returncode:
    raise SystemExit(done.stdout + done.stderr)
got = {}
for grain in ("1h", "1d"):
    found = pandas.read_feather(next(folder.rglob(f"BTC_USDT-{grain}.feather")))
    got[grain] = [
        [int(opened.timestamp()), close]
        for opened, close in zip(found["date"], found["close"], strict=True)
    ]
print(json.dumps(got))
