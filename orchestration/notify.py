"""Notices to a person: a run failed, or nothing comes from a source any more."""

import json
import logging
import re
import shutil
from datetime import UTC, datetime
from urllib.parse import urlsplit

import dagster as dg
import requests
from dagster_dbt import DbtCliResource

import warehouse

logger = logging.getLogger(__name__)

TIMEOUT = 10
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|API_ID|NOTIFY_URL)$")
STALE = "tickhouse/stale"
"""The tag of a look at the sources that says which were stale, and posted."""
NEVER = "0001-01-01"
NOTIFIED = "tickhouse/told"
"""The tag of a failed run that says what was posted, then or of the run before."""
ENDED = "tickhouse/ended"
"""The tag of a run that was ended from outside: why."""
COUNTS = re.compile(r"(?<![\w-])[0-9][0-9.,:]*(?![\w-])")
"""Seconds, counts and times of day, not numbers in names and days."""


def notify(text: str) -> bool:
    """Post `{"text": ...}` to `NOTIFY_URL`, or log it as an error without one.

    A post that fails is logged and no more, and without the address, which may itself
    be a secret. Returns whether it was posted.
    """
    settings = warehouse.environment()
    text = redacted(text, settings)
    url = settings.get("NOTIFY_URL")
    if not url:
        logger.error(text)
        return True
    try:
        answer = requests.post(
            url, json={"text": text}, timeout=TIMEOUT, allow_redirects=False
        )
        why = None if answer.ok and answer.status_code < 300 else answer.status_code
    except (requests.RequestException, ValueError) as error:
        why = type(error).__name__
    if why:
        logger.error("NOTIFY_URL did not take this (%s): %s", why, text)
    return not why


def redacted(text: str, settings: dict[str, str]) -> str:
    """Return a text without what the settings keep secret, passwords in URLs too."""
    for name, value in settings.items():
        secrets = [value] if SECRET.search(name) else []
        if "://" in value:
            secrets.append(urlsplit(value).password)
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
    return text


@dg.run_failure_sensor(
    description="Posts to NOTIFY_URL which run failed, and why.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def failed_run(context: dg.RunFailureSensorContext) -> None:
    """Post that a run failed: which, and why in each step.

    A job that fails as it did the last time, counts apart, is posted again the next
    day: one that runs each minute would be posted each minute.
    """
    run = context.dagster_run
    reasons = [reason_of(event) for event in context.get_step_failure_events()]
    why = run.tags.get(ENDED) or "; ".join(reasons) or end_of(context)
    kind = f"{datetime.now(UTC):%Y-%m-%d} {COUNTS.sub('#', why)}"
    is_known = kind in (run.tags.get(NOTIFIED), notified_before(context.instance, run))
    if is_known or notify(f"{run.job_name} failed: {why} (run {run.run_id})"):
        context.instance.add_run_tags(run.run_id, {NOTIFIED: kind})


def end_of(context: dg.RunFailureSensorContext) -> str:
    """Say how a run ended in which no step failed."""
    record = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    return "its process was killed" if record.start_time else "it did not begin"


def notified_before(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str | None:
    """Return what was posted of the run of the same job before this, if that failed."""
    earlier = dg.RunsFilter(
        job_name=run.job_name,
        statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE],
        created_before=instance.get_run_record_by_id(run.run_id).create_timestamp,
    )
    found = instance.get_runs(earlier, limit=1)
    return found[0].tags.get(NOTIFIED) if found else None


def reason_of(event: dg.DagsterEvent) -> str:
    """Return the sentence of a failure of ours; of another error its kind alone.

    What another error says is in the run's log, and might hold anything.
    """
    failure = event.step_failure_data
    kind = failure.error.cls_name if failure.error else "an error"
    # dbt's own is a Failure too, and quotes what the database said
    if kind == "Failure" and failure.user_failure_data:
        return failure.user_failure_data.description
    if failure.error and failure.error.cause:
        kind = failure.error.cause.cls_name
    return f"{kind} in {event.step_key}"


@dg.op
def stale_sources(context: dg.OpExecutionContext, dbt: DbtCliResource) -> None:
    """Post each source that has become stale since the last look at them.

    dbt's thresholds decide. One that nothing ever came from can't become stale.
    """
    looked = dbt.cli(["source", "freshness"], raise_on_error=False).wait()
    results = looked.get_artifact("sources.json")["results"]
    shutil.rmtree(looked.target_path)
    broken = [one["unique_id"] for one in results if "max_loaded_at" not in one]
    if broken:
        raise dg.Failure(f"dbt could not look at {', '.join(broken)}")
    stale = {
        one["unique_id"].split(".")[-1]: one["max_loaded_at"][:16].replace("T", " ")
        for one in results
        if one["status"] != "pass" and not one["max_loaded_at"].startswith(NEVER)
    }
    known = stale_before(context) & stale.keys()
    news = [
        f"{table} since {stale[table]} UTC" for table in sorted(stale.keys() - known)
    ]
    if news and notify(f"Nothing new has come to {', '.join(news)}"):
        known = stale.keys()
    context.instance.add_run_tags(context.run_id, {STALE: json.dumps(sorted(known))})


def stale_before(context: dg.OpExecutionContext) -> set[str]:
    """Return the sources that were stale, and posted, at the last look."""
    runs = context.instance.get_runs(
        dg.RunsFilter(
            job_name=context.job_name, statuses=[dg.DagsterRunStatus.SUCCESS]
        ),
        limit=1,
    )
    return {table for run in runs for table in json.loads(run.tags.get(STALE, "[]"))}
