"""The road: klines over HTTP to `raw`, to staging, to six grains, tested."""

from benchmarks import floor, landing
from benchmarks.child import RUN, TEST, dbt, say
from benchmarks.landing import Span
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Place

WHOLE = "landing, staging and roll-ups"
BUILT = ("staging", "marts", "ops")


def measure(place: Place, outcome: Outcome, rows: int, repeats: int) -> None:
    """Measure the road and what it is held against, turn by turn, and the ratios."""
    span = landing.span_of(rows)
    section = f"The road: {span.rows:,} klines"
    default = f"dlt's default, as it is in {landing.DEFAULT}"
    say(f"Warming the stand-in for {span.rows:,} klines")
    landing.download(place, span)
    for repeat in range(repeats):
        say(f"Road {repeat + 1} of {repeats}: landing and building")
        _road(place, outcome, section, span)
        say(f"Road {repeat + 1} of {repeats}: the floor")
        floor.measure(place, outcome, span.rows)
        say(f"Road {repeat + 1} of {repeats}: the whole dbt build")
        _build(place, outcome, section, span)
        say(f"Road {repeat + 1} of {repeats}: dlt's default")
        done = landing.default(place, span)
        outcome.add(default, "landing", done.own_seconds, rows=span.rows)
        outcome.add(default, "peak memory", done.memory, "MiB")
    outcome.target(
        "Landing, klines/s: times dlt's default",
        outcome.median(default, "landing") / outcome.median(section, "landing"),
        "15 or more",
        lambda ratio: ratio >= 15,
    )
    outcome.target(
        f"Road ({WHOLE}): times the floor",
        outcome.median(section, WHOLE) / outcome.median(floor.SECTION, floor.TOTAL),
        "3 or less",
        lambda ratio: ratio <= 3,
    )


def _road(place: Place, outcome: Outcome, section: str, span: Span) -> None:
    place.empty()
    fetched = landing.download(place, span)
    outcome.add(section, "the stand-in alone, just fetched", fetched, rows=span.rows)
    landed = landing.ingest(span)
    outcome.add(section, "landing", landed.own_seconds, rows=span.rows)
    outcome.add(section, "landing, peak memory", landed.memory, "MiB")
    whole = landed.own_seconds
    for step, folder in (("staging", "staging"), ("roll-ups", "marts")):
        _, seconds = dbt(place.folder, *RUN, "--select", folder)
        outcome.add(section, step, sum(seconds.values()), rows=span.rows)
        for model, of_model in sorted(seconds.items(), key=_grain):
            outcome.add(section, f"  {model}", of_model)
        whole += sum(seconds.values())
    outcome.add(section, WHOLE, whole, rows=span.rows)
    _, seconds = dbt(place.folder, *TEST)
    outcome.add(section, "tests", sum(seconds.values()), rows=span.rows)


def _build(place: Place, outcome: Outcome, section: str, span: Span) -> None:
    """Build all of what landed anew with one command."""
    for schema in BUILT:
        place.administer(f"drop schema {schema} cascade")
    place.provision()
    place.settle()
    seconds, _ = dbt(place.folder, "build")
    outcome.add(
        section, "dbt build, by the clock, unit tests too", seconds, rows=span.rows
    )


def _grain(model: tuple[str, float]) -> int:
    """Give the place of a model among the grains, for the table."""
    grain = model[0].rpartition("_")[2]
    return list(floor.GRAINS).index(grain) if grain in floor.GRAINS else -1
