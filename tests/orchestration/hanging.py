"""A run of its own process that goes on for ever: `JOB RUN_ID`, in DAGSTER_HOME.

It holds a place of a pool, and has a child, as a run has a dbt.
"""

import subprocess
import sys
import time

import dagster as dg


@dg.op(pool="coinmarketcap")
def hang() -> None:
    """Start a child and wait."""
    with subprocess.Popen(["/bin/sleep", "1000"]) as child:  # noqa: S603 - ours
        print(child.pid, flush=True)
        time.sleep(1000)


@dg.graph
def hanging() -> None:
    """Do nothing but hang."""
    hang()


if __name__ == "__main__":
    with dg.DagsterInstance.get() as home:
        hanging.to_job(sys.argv[1]).execute_in_process(
            instance=home, run_id=sys.argv[2], raise_on_error=False
        )
