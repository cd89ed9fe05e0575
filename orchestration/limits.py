"""What holds for each job: how long a run may take, how long its history is kept."""

import logging
import math
from types import MappingProxyType

import warehouse

logger = logging.getLogger(__name__)

BY_HAND = "__ASSET_JOB"
"""What Dagster calls a run of assets that were picked on its pages."""
LIMIT_MINUTES = MappingProxyType(
    {
        "ranks": 30,
        "freshness": 60,
        "turbines": 120,
        "arrears": 120,
        "rates": 120,
        "quality": 120,
        "candles": 720,
        "transfers": 720,
        "audit": 720,
        "refresh": 1440,
        BY_HAND: 1440,
    }
)
"""Minutes that a run may take, or each day of a backfill of days: far more than is
usual, so who takes longer hangs. `JOBS__<JOB>__LIMIT_MINUTES`."""
JOBS = tuple(LIMIT_MINUTES)
RETENTION_DAYS = MappingProxyType(
    {job: 7 if job in ("ranks", "turbines", "freshness") else 30 for job in JOBS}
)
"""Days after which Dagster's history of a finished run is deleted, 0 for never: a week
where a job runs more often than hourly. `JOBS__<JOB>__RETENTION_DAYS`."""


def limit_minutes(job: str) -> float:
    """Return the minutes that a run of a job may take, 0 for any."""
    return _number(limit_name(job), LIMIT_MINUTES.get(job, LIMIT_MINUTES[BY_HAND]))


def limit_name(job: str) -> str:
    """Return the setting that says how long a job's run may take."""
    return _name(job, "LIMIT_MINUTES")


def retention_days(job: str) -> float:
    """Return the days for which a job's finished runs are kept, 0 for all time."""
    default = RETENTION_DAYS.get(job, RETENTION_DAYS[BY_HAND])
    return _number(_name(job, "RETENTION_DAYS"), default)


def _name(job: str, what: str) -> str:
    return f"JOBS__{job.strip('_')}__{what}".upper()


def _number(name: str, default: float) -> float:
    """Return a number that is set; one that can't be read is logged, no more."""
    text = warehouse.environment().get(name)
    try:
        number = float(text) if text else default
        if math.isfinite(number) and number >= 0:
            return number
    except ValueError:
        pass
    logger.error("%s is %s: write a number; until then it is %g", name, text, default)
    return default
