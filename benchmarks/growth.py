"""What an arrival costs in the database, by how much is stored already."""

from itertools import pairwise
from time import sleep

from benchmarks.child import BUILD, RUN, TEST, dbt, say
from benchmarks.history import History
from benchmarks.outcome import Outcome
from benchmarks.throwaway import Rig

HOUR = "next hour of 3 symbols"
LATE = "revised minute at the far start"
NOTHING = "nothing new"
BUSY = """
select count(*) from pg_stat_activity where usename = 'transformer'
"""
COST = """
select coalesce(sum(total_exec_time), 0) from public.pg_stat_statements
where userid = to_regrole('transformer')
"""
WRITTEN = """
select relname, n_tup_ins + n_tup_upd + n_tup_del
from pg_stat_user_tables
where schemaname in ('staging', 'marts')
order by relid
"""


def measure(rig: Rig, outcome: Outcome, histories: list[int], repeats: int) -> None:
    """Measure each case on each history, and the ratios from one to the next."""
    for size in histories:
        _on(rig, outcome, size, repeats)
    for smaller, larger in pairwise(histories):
        for case in (HOUR, LATE, NOTHING):
            few, many = (
                outcome.median(_section(size), _both(case))
                for size in (smaller, larger)
            )
            outcome.target(
                f"{case}: on {larger:,}, times on {smaller:,}",
                many / few,
                "1.2 or less",
                lambda ratio: ratio <= 1.2,
            )


def _on(rig: Rig, outcome: Outcome, size: int, repeats: int) -> None:
    history = History(rig, size)
    history.make()
    say("Building all of it by dbt")
    built = dbt(rig.folder, *BUILD)
    outcome.add(_section(size), "the first dbt build, by the clock", built.seconds)
    # what autovacuum would have done by the next hour
    rig.administer("vacuum analyze", "checkpoint")
    for repeat in range(repeats + 1):  # the first one warms up
        say(f"Arrivals {repeat} of {repeats} on {history.rows:,} klines")
        for case, arrive in (
            (HOUR, history.next_hour),
            (LATE, history.revise_the_first),
            (NOTHING, lambda: None),
        ):
            arrive()
            _case(rig, outcome if repeat else Outcome(), _section(size), case)


def _case(rig: Rig, outcome: Outcome, section: str, case: str) -> None:
    before = dict(rig.administer(WRITTEN))
    models = _cost(rig, RUN)
    after = rig.administer(WRITTEN)
    written = [
        f"{name.removeprefix('fct_candles_')} {count - before[name]:,}"
        for name, count in after
        if count > before[name]
    ]
    tests = _cost(rig, TEST)
    outcome.add(section, f"{case}: models", models, "ms")
    outcome.remark(section, f"{case}: models", ", ".join(written) or "none")
    outcome.add(section, f"{case}: tests", tests, "ms")
    outcome.add(section, _both(case), models + tests, "ms")


def _cost(rig: Rig, command: tuple[str, ...]) -> float:
    """Run dbt; return the milliseconds that its statements took in the database."""
    rig.forget_statements()
    dbt(rig.folder, *command)
    while rig.administer(BUSY) != [(0,)]:  # a session counts its rows as it ends
        sleep(0.05)
    return float(rig.administer(COST)[0][0])


def _section(size: int) -> str:
    return f"Arrivals on {size:,} stored klines, in the database"


def _both(case: str) -> str:
    return f"{case}: both"
