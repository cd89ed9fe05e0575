"""`python -m benchmarks.export`: what an export costs beside COPY, and its increments.

Candles of 10 symbols over 12 months; memory is the peak above what the imports take.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic

from rich.console import Console

import warehouse
from benchmarks.child import say
from benchmarks.machine import description
from benchmarks.outcome import Outcome
from benchmarks.quick import WIDTH, throwaway_warehouse

MART = "fct_candles_bench"
NUMBERS = (
    *("open_price", "high_price", "low_price", "close_price", "vwap_price"),
    *("base_volume", "quote_volume", "taker_base_volume", "taker_quote_volume"),
)
LEDGER = """
create table ops.versions (
    model text primary key, version bigint not null, checksum text
);
create table ops.vanished (model text, version bigint, key jsonb);
grant select on ops.versions, ops.vanished to exporter;
insert into ops.versions values ('{mart}', 0)
"""
MADE = """
drop table if exists marts.{mart};
create table marts.{mart} as
select
    'SYM' || symbol as symbol,
    opened_at,
    {numbers},
    (random() * 1000)::bigint as trade_count,
    true as is_final,
    1::bigint as changed_in
from generate_series(1, 10) as symbols (symbol)
cross join generate_series(
    timestamptz '2025-01-01 00:00+00', '2025-12-31 23:59+00',
    interval '1 year' / ({rows} / 10)
) as moments (opened_at);
alter table marts.{mart} add primary key (symbol, opened_at);
create index on marts.{mart} using brin (changed_in);
analyze marts.{mart}
"""
CHANGED = """
update marts.{mart} set close_price = close_price + 0.01, changed_in = {version}
where (symbol, opened_at) in (
    select symbol, opened_at from marts.{mart}
    where opened_at >= '{since}' order by random() limit 1000
)
"""
GONE = """
with gone as (
    delete from marts.{mart}
    where (symbol, opened_at) in (
        select symbol, opened_at from marts.{mart}
        where opened_at >= '{since}' order by random() limit 50
    )
    returning symbol, opened_at
)
insert into ops.vanished select '{mart}', {version}, to_jsonb(gone) from gone
"""
RECENT, FAR = "2025-12-01 00:00+00", "2025-01-01 00:00+00"


def main(arguments: Sequence[str]) -> int:
    """Measure on as many rows as are said, with as many commits, and print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.export")
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--repeats", type=int, default=3)
    words.add_argument("--commits", type=int, default=500)
    options = words.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    outcome = Outcome()
    with throwaway_warehouse() as rig:
        machine = description(rig)
        _build(LEDGER)
        _measure(options, outcome)
    print(f"{machine}\npython -m benchmarks.export {' '.join(arguments)}\n")
    Console(width=WIDTH).print(outcome.table())
    return 0


def _measure(options: argparse.Namespace, outcome: Outcome) -> None:
    section, folder = f"{options.rows:,} candles", warehouse.warehouse_dir()
    _export()  # which imports all, and finds nothing
    say(f"Making {options.rows:,} candles")
    numbers = ", ".join(
        f"round((random() * 60000)::numeric, 2) as {name}" for name in NUMBERS
    )
    _build(MADE, numbers=numbers, rows=options.rows)
    for repeat in range(options.repeats):
        say(f"First export {repeat + 1} of {options.repeats}")
        outcome.add(section, "COPY to a file", _timed(lambda: _copy(folder))[0])
        _next_version()
        seconds, memory = _timed(lambda: _export("--anew"))
        outcome.add(section, "first export", seconds, rows=options.rows)
        if not repeat:  # what Arrow once took it keeps for the next
            outcome.add(section, "its memory", memory, "MB")
    copy = outcome.median(section, "COPY to a file")
    first = outcome.median(section, "first export")
    outcome.target("first export, times COPY", first / copy, "3 or less", _within(3))
    memory = outcome.median(section, "its memory")
    outcome.target("its memory, MB", memory, "150 or less", _within(150))
    for name, since, share in (("recent", RECENT, 1 / 12), ("over 12 months", FAR, 1)):
        for _ in range(options.repeats):
            _change(since)
            outcome.add(section, f"increment, {name}", _timed(_export)[0])
        bound = 1 + 6 * options.rows * share / 1e6
        taken = outcome.median(section, f"increment, {name}")
        outcome.target(f"increment, {name}", taken, f"{bound:.1f} s", _within(bound))
    for commit in range(options.commits):
        _change(RECENT)
        seconds = _timed(_export)[0]
        if commit >= options.commits - options.repeats:
            outcome.add(section, f"increment, recent, after {options.commits}", seconds)


def _within(bound: float) -> Callable[[float], bool]:
    return lambda found: found <= bound


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of some work, and the MB that it took at most."""
    Path("/proc/self/clear_refs").write_text("5")
    before, began = _memory("VmRSS"), monotonic()
    work()
    return monotonic() - began, _memory("VmHWM") - before


def _memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1e3


def _export(*words: str) -> None:
    from warehouse.export.exports import export

    failed = export([], None, "--anew" in words, lambda _: None)
    if failed:
        raise RuntimeError(failed[0])


def _copy(folder: Path) -> None:
    with (
        closing(warehouse.connect("transformer")) as held,
        held.cursor() as cursor,
        open(folder / "copied.csv", "wb") as file,
    ):
        copy = f"copy marts.{MART} to stdout (format csv)"
        cursor.copy_expert(copy, file)
    os.remove(folder / "copied.csv")


def _next_version() -> int:
    return _build("update ops.versions set version = version + 1 returning version")[0][
        0
    ]


def _change(since: str) -> None:
    version = _next_version()
    _build(f"{CHANGED}; {GONE}", version=version, since=since)


def _build(statement: str, **words: object) -> list[tuple]:
    """Run statements as the transformer; return the rows of the last."""
    with (
        closing(warehouse.connect("transformer")) as held,
        held,
        held.cursor() as cursor,
    ):
        cursor.execute(statement.format(mart=MART, **words))
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
