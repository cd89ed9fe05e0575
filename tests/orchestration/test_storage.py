"""Dagster's history over connections that stay open is Dagster's history."""

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest

from orchestration.storage import MOST_OPEN


@dg.op
def said(context: dg.OpExecutionContext) -> None:
    """Say something."""
    context.log.info("said")


@dg.job
def saying() -> None:
    """Say something once."""
    said()


@pytest.fixture
def dagsters_own(instance, tmp_path) -> Iterator[dg.DagsterInstance]:
    """Return the same records as Dagster keeps them without our settings."""
    (tmp_path / "dagster_home" / "dagster.yaml").write_text("telemetry: {enabled: no}")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster_home")) as own:
        yield own


def run(instance: dg.DagsterInstance) -> str:
    """Run the job; return the run's id."""
    return saying.execute_in_process(instance=instance).run_id


def messages(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Return what was logged of a run."""
    return [entry.user_message for entry in instance.all_logs(run_id)]


def test_what_ours_wrote_dagsters_own_storage_reads_and_the_other_way(
    instance, dagsters_own
):
    """A warehouse that an earlier release filled keeps its history, both ways."""
    for writer, reader in ((instance, dagsters_own), (dagsters_own, instance)):
        run_id = run(writer)
        assert "said" in messages(reader, run_id)
        assert reader.get_run_by_id(run_id).status == dg.DagsterRunStatus.SUCCESS


def test_an_event_is_in_the_file_that_dagsters_pages_watch_at_once(instance):
    """The log of a run goes on by itself in a browser while the run does."""
    seen = []
    run_id = run(instance)
    instance.watch_event_logs(run_id, None, lambda event, _: seen.append(event))
    run_record = instance.get_run_by_id(run_id)
    instance.report_engine_event("and more", run_record)
    deadline = time.monotonic() + 30
    while not seen and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "and more" in seen[-1].message


def test_only_a_few_databases_stay_open_however_many_runs_there_are(instance, tmp_path):
    """Those of runs that were read last, and those that all runs share."""
    runs = [run(instance) for _ in range(2 * MOST_OPEN)]
    assert all("said" in messages(instance, run_id) for run_id in runs)
    files = {Path(each.path) for each in psutil.Process().open_files()}
    history = tmp_path / "dagster_home" / "history" / "runs"
    assert 0 < len(files.intersection(history.glob("*.db"))) <= MOST_OPEN
