"""dbt in this process, on any project."""

from pathlib import Path

import pytest

from warehouse import ROOT

LEDGER_PROJECT = ROOT / "tests" / "dbt_project" / "ledger_project"
"""The small one, whose macros are the ledger's alone."""
SILENT = ("--quiet", "--log-level-file", "none", "--no-write-json")


def run_dbt(project: Path, target: Path, *words: str) -> dict[str, str]:
    """Run dbt in this process; return each model's status, with an error's message."""
    done = invoke(project, target, *words)
    if done.result is None:
        pytest.fail(f"dbt {' '.join(words)}: {done.exception}")
    return {
        result.node.name: " ".join(filter(None, [result.status, _error(result)]))
        for result in done.result.results
        if result.node.resource_type != "operation"
    }


def invoke(project: Path, target: Path, *words: str, callbacks: tuple = ()) -> object:
    """Run dbt in this process; return what dbt gives, and its events to callbacks."""
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": project,
        "--profiles-dir": ROOT,
        "--target-path": target,
        "--log-path": target,
    }
    options = [str(word) for place in places.items() for word in place]
    runner = dbtRunner(callbacks=list(callbacks))
    return runner.invoke([*words, *options, *SILENT])


def _error(result: object) -> str:
    return result.message if result.status == "error" else ""
