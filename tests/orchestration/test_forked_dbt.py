"""Where a dbt may be forked, and where it would wait for ever."""

import os
import subprocess
import sys

from orchestration.threads import ONE_THREAD
from warehouse import ROOT

FORKED = """
import subprocess, sys, threading

from dagster_dbt.core import dbt_cli_invocation
from orchestration import forked_dbt

if "threads" in sys.argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
forked_dbt.have_one()
print(dbt_cli_invocation.subprocess is not subprocess)
"""
DEAF = """
import signal

from orchestration import forked_dbt

signal.signal(signal.SIGTERM, signal.SIG_IGN)
forked_dbt.have_one()
"""


def is_forked(*words: str) -> bool:
    """Return whether a process of its own has a dbt to fork."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", FORKED, *words],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()[-1] == "True"


def test_a_dbt_is_forked_but_where_there_is_another_thread(database):
    assert is_forked()
    assert not is_forked("threads")


def test_a_dbt_that_is_not_needed_ends_with_a_run_that_ignores_sigterm():
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", DEAF],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        check=False,
        timeout=60,
    )

    assert done.returncode == 0
