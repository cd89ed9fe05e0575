"""`python -m benchmarks`: measure on a throwaway warehouse, print one table."""

import argparse
import signal
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks import growth, landing, road
from benchmarks.machine import description
from benchmarks.outcome import Outcome
from benchmarks.throwaway import throwaway

ROWS = 1_000_000
HISTORY = (1_000_000, 10_000_000)
LONG = 100_000_000
WIDTH = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 if it ran, whatever the figures are, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    outcome = Outcome()
    try:
        with throwaway() as rig:
            machine = description(rig)
            if not options.long:
                road.measure(rig, outcome, options.rows, options.repeats)
                landing.measure_memory(rig, outcome, options.rows, options.repeats)
            growth.measure(rig, outcome, _histories(options), options.repeats)
    except KeyboardInterrupt:
        print("Interrupted: what it had made is deleted.", file=sys.stderr)
        return 130
    print(f"{machine}\n{' '.join(['python -m benchmarks', *sys.argv[1:]])}\n")
    Console(width=WIDTH).print(outcome.table())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=ROWS, help=f"klines on the road ({ROWS:,})"
    )
    parser.add_argument(
        "--history",
        type=int,
        nargs="+",
        default=HISTORY,
        metavar="N",
        help="stored klines to compare the cost of arrivals on, ascending "
        f"({' '.join(f'{size:,}' for size in HISTORY)})",
    )
    parser.add_argument(
        "--repeats", type=int, default=3, help="measurements of each figure (3)"
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"the arrivals alone, also on {LONG:,} klines; wants 50 GB in TMPDIR",
    )
    return parser


def _histories(options: argparse.Namespace) -> list[int]:
    return [*options.history, *([LONG] if options.long else [])]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
