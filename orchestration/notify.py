"""Telling a person that a run failed, or that nothing comes from a source any more."""

import json
import logging
import re
import shutil
from urllib.parse import urlsplit

import dagster as dg
import requests
from dagster_dbt import DbtCliResource

import warehouse

logger = logging.getLogger(__name__)

TIMEOUT = 10
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|API_ID|NOTIFY_URL)$")
STALE = "tickhouse/stale"
"""The tag of a look at the sources that says which were stale."""
NEVER = "0001-01-01"


def notify(text: str) -> None:
    """Post `{"text": ...}` to `NOTIFY_URL`, or log it as an error without one.

    A post that fails is logged and no more, and without the address, which may itself
    be a secret.
    """
    settings = warehouse.environment()
    text = redacted(text, settings)
    url = settings.get("NOTIFY_URL")
    if not url:
        logger.error(text)
        return
    try:
        answer = requests.post(
            url, json={"text": text}, timeout=TIMEOUT, allow_redirects=False
        )
        why = None if answer.ok and answer.status_code < 300 else answer.status_code
    except (requests.RequestException, ValueError) as error:
        why = type(error).__name__
    if why:
        logger.error("NOTIFY_URL did not take this (%s): %s", why, text)


def redacted(text: str, settings: dict[str, str]) -> str:
    """Give a text without what the settings keep secret, passwords in URLs too."""
    for name, value in settings.items():
        secrets = [value] if SECRET.search(name) else []
        if "://" in value:
            secrets.append(urlsplit(value).password)
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
    return text


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def failed_run(context: dg.RunFailureSensorContext) -> None:
    """Tell of a run that failed: which, and why in each step."""
    run = context.dagster_run
    why = [reason_of(event) for event in context.get_step_failure_events()]
    notify(
        f"{run.job_name} failed: {'; '.join(why) or 'it did not begin'} "
        f"(run {run.run_id})"
    )


def reason_of(event: dg.DagsterEvent) -> str:
    """Give the sentence of a failure of ours; of another error its kind alone.

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
    """Tell of each source that has become stale since the last look at them.

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
    known = stale_before(context)
    context.instance.add_run_tags(context.run_id, {STALE: json.dumps(sorted(stale))})
    if stale.keys() - known:
        told = [
            f"{table} since {stale[table]} UTC"
            for table in sorted(stale.keys() - known)
        ]
        notify(f"Nothing new has come to {', '.join(told)}")


def stale_before(context: dg.OpExecutionContext) -> set[str]:
    """Give the sources that were stale at the last look."""
    runs = context.instance.get_runs(
        dg.RunsFilter(
            job_name=context.job_name, statuses=[dg.DagsterRunStatus.SUCCESS]
        ),
        limit=1,
    )
    return {table for run in runs for table in json.loads(run.tags.get(STALE, "[]"))}
