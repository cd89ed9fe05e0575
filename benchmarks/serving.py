"""`python -m benchmarks.serving`: the service against pgbench and psql, in one run."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psutil
import requests
from rich.console import Console

import warehouse
from benchmarks.child import dbt, run, say
from benchmarks.machine import description
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Rig, throwaway
from warehouse.postgres import binaries

FROM = datetime(2024, 1, 1, tzinfo=UTC)
MINUTES = 520_000
SECONDS = 5
REPEATS = 3
ANEW_REQUESTS = 1_000
WIDTH = 160
KLINES = "/binance/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=500"
CANDLES = "/v1/candles/binance/BTCUSDT?limit=500"
TOP = "/v1/coins/top?n=200"
LINES = "/v1/candles/binance/BTCUSDT?grain=1m&format="
HOURS = """
select
    (date_part('epoch', opened_at) * 1000)::bigint,
    open_price, high_price, low_price, close_price, base_volume, quote_volume,
    trade_count, taker_buy_base_volume, taker_buy_quote_volume
from marts.fct_candles_1h where exchange = 'binance' and symbol = 'BTCUSDT'
order by opened_at desc limit 500;
"""
COPY = (
    "\\copy (select * from marts.fct_candles_1m where exchange = 'binance' "
    "and symbol = 'BTCUSDT' "
    "order by opened_at) to /dev/null with csv header"
)
ANEW = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "{path}" .. n)
end
"""
"""Another address with each request, so that nothing is kept of it."""


HALF, LATE, RATE = "half within", "99 % within", "requests a second"


def main() -> int:
    """Measure and print; 1 with a sentence where wrk is missing."""
    if not shutil.which("wrk"):
        print("wrk is missing: apt-get install wrk, then again.", file=sys.stderr)
        return 1
    outcome = Outcome()
    with throwaway() as rig:
        machine = description(rig)
        _fill(rig)
        floor = _floor(rig, outcome)
        with _service(rig) as (url, process):
            _measure_memory(url, process, outcome)
            _measure_answers(rig, url, outcome, floor)
            _measure_lines(rig, url, outcome)
            _measure_growth(url, process, outcome)
    print(f"{machine}\npython -m benchmarks.serving\n")
    Console(width=WIDTH).print(outcome.table())
    return 0


def _fill(rig: Rig) -> None:
    say(f"Landing {MINUTES:,} minutes, and coins")
    base = rig.binance.rpartition("/")[0]
    os.environ["SOURCES__BINANCE__SYMBOLS"] = '["BTCUSDT"]'
    for system in ("COINMARKETCAP", "CRYPTOCOMPARE"):
        os.environ[f"SOURCES__{system}__BASE_URL"] = f"{base}/{system.lower()}"
        os.environ[f"SOURCES__{system}__API_KEY"] = "stand-in"
    until = FROM + timedelta(minutes=MINUTES)
    times = ("--from", FROM.isoformat(), "--to", until.isoformat())
    run("-m", "ingestion", "binance", *times)
    run("-m", "ingestion", "coinmarketcap")
    run("-m", "ingestion", "cryptocompare")
    say("Building all of it by dbt")
    dbt(rig.folder, "run")
    rig.administer("vacuum analyze", "checkpoint")


@contextmanager
def _service(rig: Rig) -> Iterator[tuple[str, psutil.Process]]:
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "serving", "--port", "0"],
        cwd=warehouse.ROOT,
        env={**os.environ, "LOG_LEVEL": "INFO"},
        stdout=subprocess.PIPE,
        stderr=(rig.folder / "serving.log").open("w"),
        text=True,
    ) as process:
        try:
            url = process.stdout.readline().split()[-1]
            requests.get(f"{url}/v1/health", timeout=60)
            yield url, psutil.Process(process.pid)
        finally:
            process.kill()


def _floor(rig: Rig, outcome: Outcome) -> float:
    """Measure the same prepared query by pgbench; return its median in ms."""
    script, log = rig.folder / "hours.sql", rig.folder / "pgbench"
    script.write_text(HOURS)
    for clients in (1, 4):
        say(f"pgbench with {clients}")
        subprocess.run(  # noqa: S603 - the server's own command
            [
                _program("pgbench"),
                *("--no-vacuum", "--protocol=prepared", f"--time={SECONDS}"),
                *(f"--client={clients}", f"--file={script}", "--log"),
                *(f"--log-prefix={log}-{clients}", warehouse.url("reader")),
            ],
            check=True,
            capture_output=True,
        )
        micros = sorted(
            int(line.split()[2])
            for path in rig.folder.glob(f"pgbench-{clients}.*")
            for line in path.read_text().splitlines()
        )
        section = f"pgbench, 500 rows, {clients} at once"
        _note(
            outcome,
            section,
            micros[len(micros) // 2] / 1000,
            micros[len(micros) * 99 // 100] / 1000,
            len(micros) / SECONDS,
        )
    return outcome.median("pgbench, 500 rows, 1 at once", HALF)


def _program(command: str) -> str:
    """Return the path of a command that came with the embedded server."""
    return str(binaries.installed() / command)


def _measure_answers(rig: Rig, url: str, outcome: Outcome, floor: float) -> None:
    anew = {
        "500 candles in Binance's form": f"{KLINES}&endTime=4000000000",
        "500 candles of the clean API": f"{CANDLES}&to=2030-01-01T00:00:00.",
        "the top 200 coins": f"{TOP}&at=2090-01-01T00:00:00.",
    }
    for name, path in anew.items():
        for clients in (1, 4):
            _wrk(rig, outcome, f"{name}, {clients} at once", url, clients, anew=path)
    _wrk(rig, outcome, "500 candles again, kept", url, 1, path=CANDLES)
    tag = requests.get(url + CANDLES, timeout=60).headers["etag"]
    name = "500 candles again, 304"
    _wrk(rig, outcome, name, url, 1, path=CANDLES, header=f"If-None-Match: {tag}")
    for name in list(anew)[:2]:
        one, four = f"{name}, 1 at once", f"{name}, 4 at once"
        half = outcome.median(one, HALF)
        _target(outcome, f"{name}: half within, times pgbench's", half / floor, 2.5)
        _target(outcome, f"{one}: 99 % within, ms", outcome.median(one, LATE), 5)
        _target(outcome, f"{one}: a second", outcome.median(one, RATE), least=350)
        _target(outcome, f"{four}: a second", outcome.median(four, RATE), least=450)
    for name in ("500 candles again, kept", "500 candles again, 304"):
        _target(outcome, f"{name}: a second", outcome.median(name, RATE), least=1200)
        _target(outcome, f"{name}: 99 % within, ms", outcome.median(name, LATE), 2)
    one, four = (f"the top 200 coins, {count} at once" for count in (1, 4))
    _target(outcome, f"{one}: 99 % within, ms", outcome.median(one, LATE), 4)
    _target(outcome, f"{four}: a second", outcome.median(four, RATE), least=800)


def _note(
    outcome: Outcome, section: str, half: float, late: float, rate: float
) -> None:
    outcome.add(section, HALF, half, "ms")
    outcome.add(section, LATE, late, "ms")
    outcome.add(section, RATE, rate, "")


def _target(
    outcome: Outcome,
    name: str,
    figure: float,
    most: float | None = None,
    *,
    least: float = 0,
) -> None:
    if most is None:
        outcome.target(name, figure, f"{least} or more", lambda got: got >= least)
    else:
        outcome.target(name, figure, f"{most} or less", lambda got: got <= most)


def _wrk(
    rig: Rig,
    outcome: Outcome,
    section: str,
    url: str,
    clients: int,
    *,
    path: str = "",
    anew: str = "",
    header: str = "X: y",
) -> None:
    say(section)
    script = rig.folder / "anew.lua"
    script.write_text(ANEW.format(path=anew) if anew else "")
    for _ in range(REPEATS):
        done = subprocess.run(  # noqa: S603 - found on the PATH above
            [
                *("wrk", "--threads", "1", "--connections", str(clients)),
                *("--duration", f"{SECONDS}s", "--latency", "--header", header),
                *("--script", str(script), url + path),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        if "Non-2xx" in done and "304" not in section:
            raise RuntimeError(f"{section}: not all went well\n{done}")
        within = dict(re.findall(r"^\s+(50|99)%\s+(\S+)$", done, re.M))
        rate = float(re.search(r"Requests/sec:\s+(\S+)", done)[1])
        _note(outcome, section, _ms(within["50"]), _ms(within["99"]), rate)


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _measure_lines(rig: Rig, url: str, outcome: Outcome) -> None:
    """Measure CSV of all minutes against psql's own copy of the same."""
    section = f"{MINUTES:,} rows as CSV"
    say(section)
    for _ in range(REPEATS):
        began = time.monotonic()
        with requests.get(f"{url}{LINES}csv", stream=True, timeout=600) as answer:
            length = sum(len(part) for part in answer.iter_content(2**18))
        outcome.add(section, "over HTTP", time.monotonic() - began, rows=MINUTES)
        began = time.monotonic()
        subprocess.run(  # noqa: S603 - the server's own command
            [_program("psql"), "-qXc", COPY, warehouse.url("reader")], check=True
        )
        outcome.add(section, r"psql \copy", time.monotonic() - began, rows=MINUTES)
        outcome.remark(section, "over HTTP", f"{length / 2**20:,.0f} MiB")
    ratio = outcome.median(section, "over HTTP") / outcome.median(
        section, r"psql \copy"
    )
    _target(outcome, f"{section}: times psql's copy", ratio, 2)


def _measure_memory(url: str, process: psutil.Process, outcome: Outcome) -> None:
    for path in (f"{CANDLES}&limit=1", f"{LINES}csv"):
        requests.get(url + path, timeout=600)
    outcome.add("Memory", "JSON and CSV, nothing kept", _resident(process), "MiB")
    _target(outcome, "Memory with JSON and CSV, MiB", _resident(process), 90)


def _measure_growth(url: str, process: psutil.Process, outcome: Outcome) -> None:
    for form in ("ndjson", "arrow", "parquet"):
        requests.get(f"{url}{LINES}{form}", timeout=600)
    full = _resident(process)
    outcome.add("Memory", "all formats, the cache full", full, "MiB")
    _target(outcome, "Memory with all formats and a full cache, MiB", full, 220)
    say("A minute of requests")
    with requests.Session() as session:
        for number in range(ANEW_REQUESTS):
            session.get(f"{url}{CANDLES}&to=2031-01-01T00:00:00.{number}", timeout=60)
    words = ("wrk", "--connections=4", "--threads=1", "--duration=60s", url + CANDLES)
    done = subprocess.run(words, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above
    count = ANEW_REQUESTS + int(re.search(r"(\d+) requests in", done)[1])
    after = _resident(process)
    outcome.add("Memory", f"after {count:,} requests", after, "MiB")
    _target(outcome, "Memory after them, times before", after / full, 1.1)


def _resident(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


if __name__ == "__main__":
    raise SystemExit(main())
