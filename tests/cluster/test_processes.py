"""The cluster of this machine: what runs while it does, and what is left of it."""

from pathlib import Path

import psutil
import pytest

from cluster import spark

pytestmark = pytest.mark.cluster


def test_a_cluster_is_four_processes_and_their_children_and_all_end_with_it(tmp_path):
    with spark.running(tmp_path) as cluster:
        names = set(cluster.processes)
        meanwhile = _living(tmp_path)

    assert names == {"master", "worker-1", "worker-2", "server"}
    assert len(meanwhile) >= len(names)
    assert _living(tmp_path) == []


def _living(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in the folder."""
    return [
        process
        for process in psutil.process_iter(["cwd"])
        if str(process.info["cwd"]).startswith(str(folder))
    ]
