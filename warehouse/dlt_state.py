"""What dlt keeps on this machine, held against what the database has of it.

A database that was put back to an earlier day lacks what dlt, by its own files, has
landed already, and dlt believes its files. By them nothing would be asked again.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import settings

if TYPE_CHECKING:
    from psycopg2.extensions import connection

HAS_STATE = (
    "select to_regclass('raw._dlt_pipeline_state'), to_regclass('raw._dlt_loads')"
)
LANDED = """
select coalesce(max(states.version), 0)
from raw._dlt_pipeline_state as states
inner join raw._dlt_loads as loads on states._dlt_load_id = loads.load_id
where states.pipeline_name = %s and loads.status = 0
"""
NEWEST = """
select states.version, states.version_hash
from raw._dlt_pipeline_state as states
inner join raw._dlt_loads as loads on states._dlt_load_id = loads.load_id
where states.pipeline_name = %s and loads.status = 0
order by states.version desc
limit 1
"""
HAS_LOADS = """
select exists (
    select 1 from pg_attribute
    where attrelid = to_regclass('raw.' || %s) and attname = '_dlt_load_id'
)
"""
NOTED = "select load_id from raw._dlt_loads where status = 0 and load_id = any(%s)"
PACKAGES = ("normalize/extracted", "load/normalized")
NEW, BEGUN = "new_jobs", ("started_jobs", "completed_jobs")
MARKS = ".pending_transitions"
"""Where dlt keeps a package's files as they are loaded, and which it knows are."""
EMPTY_STATE = {"_state_version": 0, "_state_engine_version": 4, "_local": {}}
"""The state of a pipeline that never ran."""
DESTINATIONS = '"dlt.destinations.postgres"', '"ingestion.destination.postgres"'
"""What dlt's files have as the destination: of earlier releases, and ours."""


def folder() -> Path:
    """Return where the systems' pipelines have their working directories."""
    return Path(settings.environment()["DLT_DATA_DIR"]) / "pipelines"


def systems() -> list[str]:
    """Return the systems that have a working directory here."""
    return sorted(found.parent.name for found in folder().glob("*/state.json"))


def lead_to_ours() -> None:
    """Name our destination where an earlier release's files name dlt's own.

    dlt's command goes by them, and may do less than ours where it drops a table.
    """
    for system in systems():
        path = folder() / system / "state.json"
        text = path.read_text(encoding="utf-8")
        if DESTINATIONS[0] in text:
            part = path.with_suffix(".part")
            part.write_text(text.replace(*DESTINATIONS), encoding="utf-8")
            part.replace(path)


def pending(system: str) -> list[str]:
    """Return the ids of the loads that a run has left behind."""
    here = folder() / system
    found = [path for name in PACKAGES for path in here.joinpath(name).glob("*")]
    return sorted(path.name for path in found if path.is_dir())


def finish(held: "connection", system: str) -> None:
    """Remove the packages that dlt had no more to do with when it was killed.

    dlt removes a package after the last step on it. Killed in between, it would stumble
    over it for good: over one that is normalized and still extracted, too, and over
    one that the database has noted as loaded, which it would note again.
    """
    extracted, normalized = (folder() / system / name for name in PACKAGES)
    names = [path.name for path in normalized.glob("*")]
    for done in [extracted / name for name in names] + [
        normalized / name for name in _noted(held, names)
    ]:
        if done.exists():
            shutil.rmtree(done)


def begin_anew(held: "connection", system: str) -> None:
    """Take back what a killed run had loaded of a package that it did not finish.

    A file whose rows landed and which dlt had not marked yet would be loaded once more.
    Rows of a load that is not noted count nowhere, so all its files are loaded again.
    """
    for package in folder().joinpath(system, PACKAGES[1]).glob("*"):
        begun = [file for each in BEGUN for file in package.glob(f"{each}/*")]
        for table in {file.name.split(".")[0] for file in begun}:
            with held.cursor() as cursor:
                cursor.execute(HAS_LOADS, (table,))
                if cursor.fetchone()[0]:
                    cursor.execute(
                        f"delete from raw.{table} where _dlt_load_id = %s",  # noqa: S608 - a table of dlt's
                        (package.name,),
                    )
        for file in begun:
            file.rename(package / NEW / file.name)
        shutil.rmtree(package / MARKS, ignore_errors=True)


def is_broken(system: str) -> bool:
    """Say whether dlt's files of a system can't be read, as after a power cut."""
    return bool(_broken(system))


def mend(system: str) -> None:
    """Let dlt take state and schemas, where its files are broken, from the database.

    What a killed run left behind stays, but where dlt lacks its schemas to load it.
    """
    for path in _broken(system):
        if path.name != "state.json":
            forget(system)
            return
        path.write_text(json.dumps(EMPTY_STATE), encoding="utf-8")


def is_ahead(held: "connection", system: str) -> bool:
    """Say whether dlt's files know of loads that the database does not have.

    dlt counts the versions of its state, one a load; those of loads left behind are
    not in the database yet.
    """
    version, _ = _kept(system)
    return version - len(pending(system)) > _landed(held, system)


def is_as_landed(held: "connection", system: str) -> bool:
    """Say whether dlt's files have the state that the database has as the newest."""
    return _kept(system) in _rows(held, NEWEST, system)


def drop(system: str, loads: Iterable[str]) -> None:
    """Remove packages that are extracted and hold nothing."""
    for load in loads:
        shutil.rmtree(folder() / system / PACKAGES[0] / load, ignore_errors=True)


def forget(system: str) -> None:
    """Remove a system's working directory: dlt takes its state from the database."""
    shutil.rmtree(folder() / system, ignore_errors=True)


def _broken(system: str) -> list[Path]:
    """Return the files that hold no JSON object, the schemas' first."""
    here = folder() / system
    found = [*here.glob("schemas/*.json"), *here.glob("state.json")]
    return [path for path in found if not _is_object(path)]


def _is_object(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except ValueError:
        return False


def _kept(system: str) -> tuple[int, str]:
    """Return version and hash of the state in dlt's files; 0 where there is none."""
    try:
        text = (folder() / system / "state.json").read_text(encoding="utf-8")
        state = json.loads(text)
        return state["_state_version"], state.get("_version_hash", "")
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


def _landed(held: "connection", system: str) -> int:
    return next((version for (version,) in _rows(held, LANDED, system)), 0)


def _noted(held: "connection", names: list[str]) -> list[str]:
    return [name for (name,) in _rows(held, NOTED, names)] if names else []


def _rows(held: "connection", query: str, parameter: object) -> list[tuple]:
    with held.cursor() as cursor:
        cursor.execute(HAS_STATE)
        if None in cursor.fetchone():
            return []
        cursor.execute(query, (parameter,))
        return cursor.fetchall()
