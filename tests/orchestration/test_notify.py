"""A failed run and a source gone stale are told: by a post, or by a line of the log."""

import logging
from datetime import datetime, timedelta, tzinfo

import dagster as dg
import pytest

from tests.support.hook import listening

SECRET = "hush-hush-1"  # noqa: S105 - made up
LATE = "update raw._dlt_loads set inserted_at = now() - interval %s"


class Tomorrow(datetime):
    """A clock a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo) -> datetime:
        """Return the time a day from now."""
        return datetime.now(tz) + timedelta(days=1)


@pytest.fixture
def hook(environment):
    """Serve a hook, which the settings lead to."""
    with listening(SECRET) as server:
        yield server


@pytest.fixture
def run(job):
    """Return what runs jobs on one instance, and tells the sensor of a failure."""
    from orchestration.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:

        def run(job: str | dg.JobDefinition) -> dg.ExecuteInProcessResult:
            if isinstance(job, str):
                job = defs.resolve_job_def(job)
            result = job.execute_in_process(instance=instance, raise_on_error=False)
            if not result.success:
                sensor = defs.resolve_sensor_def("failed_run")
                sensor(
                    dg.build_run_status_sensor_context(
                        sensor_name="failed_run",
                        dagster_event=result.get_run_failure_event(),
                        dagster_instance=instance,
                        dagster_run=instance.get_run_by_id(result.run_id),
                    ).for_run_failure()
                )
            return result

        yield run


def test_the_sensor_of_failures_runs_from_the_start():
    from orchestration.definitions import defs

    sensor = defs.resolve_sensor_def("failed_run")

    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_a_failed_run_is_told_with_the_sentence_that_names_the_key(
    hook, run, environment
):
    environment["SOURCES__XE__CURRENCIES"] = '["NGN", "QQQ"]'

    result = run("rates")

    assert not result.success
    ((path, told),) = hook.posted
    assert path == f"/{SECRET}"
    assert list(told) == ["text"]
    assert told["text"].startswith("rates failed: xe: 1 pages, 1 rates of 2 keys in ")
    assert "QQQ failed: asked, but not in the answer" in told["text"]
    assert f"(run {result.run_id})" in told["text"]


def test_a_job_that_goes_on_failing_is_told_once_a_day_and_of_each_new_cause(
    hook, run, monkeypatch
):
    said = []

    @dg.op
    def works():
        if said[-1]:
            raise dg.Failure(said[-1])

    @dg.job
    def minutely():
        works()

    def runs(sentence):
        said.append(sentence)
        assert run(minutely).success is not bool(sentence)

    hook.status = 500
    runs("T01: no answer in 1.5 s")
    hook.status, hook.posted = 204, []
    for seconds in ("0", "1.25", "1,000"):
        runs(f"T01: no answer in {seconds} s")
    runs("T02: no answer in 0 s")
    runs("no day 2026-11-20")
    runs("no day 2026-11-21")
    runs("no login")
    runs("")
    runs("no login")
    monkeypatch.setattr("orchestration.notify.datetime", Tomorrow)
    runs("no login")

    texts = [told["text"].partition(" (run ")[0] for _, told in hook.posted]
    assert texts == [
        "minutely failed: T01: no answer in 0 s",
        "minutely failed: T02: no answer in 0 s",
        "minutely failed: no day 2026-11-20",
        "minutely failed: no day 2026-11-21",
        *["minutely failed: no login"] * 3,
    ]


def test_of_an_error_of_others_only_its_kind_is_told(hook, run, database):
    database.query("drop schema raw cascade", role="admin")

    assert not run("arrears").success

    ((_, told),) = hook.posted
    assert told["text"].startswith("arrears failed: ")
    assert "in loans" in told["text"]
    assert "schema" not in told["text"]


def test_without_an_address_the_log_has_the_line(environment, caplog):
    from orchestration.notify import notify

    environment["SOURCES__XE__API_KEY"] = SECRET
    environment["LOADER_URL"] = "postgresql://loader:hidden@127.0.0.1/test"

    notify(f"xe failed with {SECRET} and hidden")

    assert [(entry.levelno, entry.message) for entry in caplog.records] == [
        (logging.ERROR, "xe failed with *** and ***")
    ]


@pytest.mark.parametrize("trouble", ["status", "nobody", "nonsense"])
def test_a_hook_that_fails_is_logged_without_its_address(
    hook, environment, caplog, trouble
):
    from orchestration.notify import notify

    if trouble == "status":
        hook.status = 500
    elif trouble == "nobody":
        environment["NOTIFY_URL"] = f"http://127.0.0.1:1/{SECRET}"
    else:
        environment["NOTIFY_URL"] = f"{SECRET} is no address"

    notify("oh")

    (message,) = [entry.message for entry in caplog.records]
    assert "NOTIFY_URL did not take this" in message
    assert message.endswith(": oh")
    assert SECRET not in message


def test_a_source_gone_stale_is_told_once_and_one_that_never_came_is_not(
    hook, run, database
):
    from ingestion.ingest import ingest

    ingest("ecb")
    ingest("xe")
    database.query(f"{LATE} where schema_name = 'ecb'", "25 hours", role="loader")

    assert run("freshness").success
    assert hook.posted == []

    database.query(f"{LATE} where schema_name = 'ecb'", "27 hours", role="loader")
    hook.status = 500
    assert run("freshness").success
    hook.status, hook.posted = 204, []
    for _ in range(2):
        assert run("freshness").success
    ((_, told),) = hook.posted
    assert told["text"].startswith("Nothing new has come to ecb__rates since 20")
    assert "xe" not in told["text"]
    assert "binance" not in told["text"]
