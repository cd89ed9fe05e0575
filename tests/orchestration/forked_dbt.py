"""Dagster's dbt, forked from a process that has imported it, where a run starts one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

from orchestration.forked_dbt import Begun
from tests.support.processes import begin_dbt


def popen(
    args: Sequence[str | Path], cwd: Path, env: Mapping[str, str], **_: int
) -> Begun:
    """Begin dbt as dagster-dbt does; importing it is half of what a start costs."""
    words = [str(word) for word in args]
    process, output = begin_dbt(words[1:], str(cwd), dict(env))
    return Begun(SimpleNamespace(process=process, output=output), words)
