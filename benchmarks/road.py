"""The road: klines over HTTP to `raw`, to staging, to six grains, tested."""

from benchmarks import floor, landing
from benchmarks.child import BUILD, RUN, TEST, dbt, say
from benchmarks.landing import Span
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Rig

WHOLE = "landing and dbt run, by the clock"
BACKFILL = "both at once, by orchestration backfill"
SPENT = "  CPU seconds of it, the database's too"
ALLOWED = "what the exchange allows: 6,000 weight a minute"
BUILT = ("staging", "marts", "ops")


def measure(rig: Rig, outcome: Outcome, rows: int, repeats: int) -> None:
    """Measure the road and what it is held against, turn by turn, and the ratios."""
    span = landing.span_of(rows)
    section = f"The road: {span.rows:,} klines"
    default = f"dlt's default, as it is in {landing.DEFAULT}"
    say(f"Warming the stand-in for {span.rows:,} klines")
    landing.download(rig, span)
    for repeat in range(repeats):
        say(f"Road {repeat + 1} of {repeats}: landing and building")
        _road(rig, outcome, section, span)
        say(f"Road {repeat + 1} of {repeats}: landing and building at once")
        rig.empty()
        backfilled, spent = landing.backfill(rig, span)
        outcome.add(section, BACKFILL, backfilled, rows=span.rows)
        outcome.add(section, SPENT, spent)
        outcome.add(section, ALLOWED, landing.allowed(span), rows=span.rows)
        say(f"Road {repeat + 1} of {repeats}: the floor")
        floor.measure(rig, outcome, span.rows)
        say(f"Road {repeat + 1} of {repeats}: the whole dbt build")
        _build(rig, outcome, section, span)
        say(f"Road {repeat + 1} of {repeats}: dlt's default")
        done = landing.default(rig, span)
        outcome.add(default, "landing", done.own_seconds, rows=span.rows)
        outcome.add(default, "peak memory", done.memory, "MiB")
    outcome.target(
        "Landing, klines/s: times dlt's default",
        outcome.median(default, "landing") / outcome.median(section, "landing"),
        "15 or more",
        lambda ratio: ratio >= 15,
    )
    for way in (WHOLE, BACKFILL):
        outcome.target(
            f"Road ({way}): times the floor",
            outcome.median(section, way) / outcome.median(floor.SECTION, floor.TOTAL),
            "3 or less",
            lambda ratio: ratio <= 3,
        )
    outcome.target(
        "Backfill: CPU seconds, times the floor's",
        outcome.median(section, SPENT) / outcome.median(floor.SECTION, floor.SPENT),
        "6 or less: 3 on two cores",
        lambda ratio: ratio <= 6,
    )
    outcome.target(
        "Backfill: times what the exchange allows",
        outcome.median(section, BACKFILL) / outcome.median(section, ALLOWED),
        "1 or less",
        lambda ratio: ratio <= 1,
    )


def _road(rig: Rig, outcome: Outcome, section: str, span: Span) -> None:
    rig.empty()
    fetched = landing.download(rig, span)
    outcome.add(section, "the stand-in alone, just fetched", fetched, rows=span.rows)
    landed = landing.ingest(span)
    outcome.add(section, "landing", landed.own_seconds, rows=span.rows)
    outcome.add(section, "landing, peak memory", landed.memory, "MiB")
    built = dbt(rig.folder, *RUN)
    for step, prefix in (("staging", "stg_"), ("roll-ups", "fct_")):
        models = {
            model: seconds
            for model, seconds in sorted(built.nodes.items(), key=_grain)
            if model.startswith(prefix)
        }
        outcome.add(section, step, sum(models.values()), rows=span.rows)
        for model, seconds in models.items():
            outcome.add(section, f"  {model}", seconds)
    whole = landed.own_seconds + built.elapsed
    outcome.add(section, WHOLE, whole, rows=span.rows)
    tested = dbt(rig.folder, *TEST)
    outcome.add(section, "tests", tested.elapsed, rows=span.rows)


def _build(rig: Rig, outcome: Outcome, section: str, span: Span) -> None:
    """Build all of what landed anew with one command."""
    for schema in BUILT:
        rig.administer(f"drop schema {schema} cascade")
    rig.provision()
    rig.settle()
    built = dbt(rig.folder, *BUILD)
    outcome.add(
        section,
        "dbt build with its start and unit tests",
        built.seconds,
        rows=span.rows,
    )


def _grain(model: tuple[str, float]) -> int:
    """Return the position of a model among the grains, for the table."""
    grain = model[0].rpartition("_")[2]
    return list(floor.GRAINS).index(grain) if grain in floor.GRAINS else -1
