"""The environment of the project: process, then `.env`, then defaults."""

import os
from pathlib import Path

from warehouse import env_file, state
from warehouse.errors import WarehouseError
from warehouse.urls import url_of

ROOT = Path(__file__).resolve().parent.parent

DATABASE = "tickhouse"
ROLES = ("loader", "transformer", "reader")
"""Those whose logins are in the environment."""
EXPORTER = "exporter"
"""Who writes marts elsewhere; only `python -m warehouse export` logs in so."""
LOGINS = (*ROLES, EXPORTER)

SWITCHES = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
    "DAGSTER_GRPC_TIMEOUT_SECONDS": "600",
}
"""What keeps our tools from calling home, and Dagster's processes from giving one
another up after a minute; Dagster's own lies in its dagster.yaml."""

CONNECTION = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD")
URLS = ("LOADER_URL", "READER_URL", "DESTINATION__POSTGRES__CREDENTIALS")
FOLDERS = (
    *("WAREHOUSE_DIR", "DLT_DATA_DIR", "DAGSTER_HOME"),
    *("DBT_PROFILES_DIR", "DBT_PROJECT_DIR"),
)
OWNED = {*CONNECTION, *URLS, *FOLDERS, *SWITCHES}
"""Names in the block that `start` writes anew; others there were remembered."""

ELSEWHERE = {
    f"{prefix}_{name}"
    for prefix in ("DBT", "DBT_ENGINE")
    for name in (
        *("PROFILES_DIR", "PROJECT_DIR", "PROFILE", "TARGET", "TARGET_PATH", "SCHEMA"),
        *("LOG_PATH", "STATE", "DEFER_STATE", "ARTIFACT_STATE_PATH"),
        *("PARTIAL_PARSE_FILE_PATH", "SEND_ANONYMOUS_USAGE_STATS"),
    )
}
"""Variables that would point dbt at another project's files or target."""


def warehouse_dir() -> Path:
    """Return WAREHOUSE_DIR, absolute; a relative one is seen from the repository."""
    chosen = ROOT / Path(_setting("WAREHOUSE_DIR") or ".warehouse").expanduser()
    return Path(os.path.realpath(chosen))


def kind() -> str:
    """Return WAREHOUSE: `embedded` or `server`.

    Raises WarehouseError for anything else.
    """
    given = _setting("WAREHOUSE") or "embedded"
    if given not in ("embedded", "server"):
        raise WarehouseError(
            f"WAREHOUSE is {given!r}, which means nothing: set embedded or server."
        )
    return given


def is_default(directory: Path) -> bool:
    """Say whether it is the default warehouse, whose block is in the main `.env`."""
    return directory == Path(os.path.realpath(ROOT / ".warehouse"))


def env_path(directory: Path) -> Path:
    """Return the env file that holds the block of a WAREHOUSE_DIR."""
    return ROOT / ".env" if is_default(directory) else directory / "env"


def environment() -> dict[str, str]:
    """Return all variables for this project's commands and their children.

    Before the embedded server's first start there are no credentials in it. Raises
    WarehouseError if WAREHOUSE or the given PG* can't be understood.
    """
    directory = warehouse_dir()
    block = env_file.read(env_path(directory)).block
    shared = env_file.read(ROOT / ".env")
    remembered = {name: block[name] for name in block if name not in OWNED}
    given = {**remembered, **shared.lines, **_given(shared.block)}
    is_embedded = kind() == "embedded"
    values = {
        name: value
        for name, value in given.items()
        if name not in OWNED and not leads_astray(name, is_embedded)
    }
    values |= embedded(directory) if is_embedded else _server(given)
    values |= folders(directory)
    if given.get("DLT_DATA_DIR"):
        chosen = Path(given["DLT_DATA_DIR"]).expanduser()
        values["DLT_DATA_DIR"] = str(ROOT / chosen)
    return {**values, **SWITCHES, "WAREHOUSE": kind()}


def activate() -> None:
    """Make os.environ what `environment` says, removing what must go."""
    values = environment()
    for name in set(os.environ) - set(values):
        del os.environ[name]
    os.environ.update(values)


def folders(directory: Path) -> dict[str, str]:
    """Return the variables that say where files lie."""
    return {
        "WAREHOUSE_DIR": str(directory),
        "DLT_DATA_DIR": str(directory / "dlt"),
        "DAGSTER_HOME": str(directory / "dagster"),
        "DBT_PROFILES_DIR": str(ROOT),
        "DBT_PROJECT_DIR": str(ROOT / "dbt_project"),
    }


def embedded(directory: Path) -> dict[str, str]:
    """Return the credentials of a WAREHOUSE_DIR's embedded server, if it has one."""
    known = state.load(directory)
    if known is None:
        return {}
    logins = {
        role: {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(known.port),
            "PGDATABASE": DATABASE,
            "PGUSER": role,
            "PGPASSWORD": known.passwords[role],
        }
        for role in ROLES
    }
    loader = url_of(logins["loader"])
    return {
        **logins["transformer"],
        "LOADER_URL": loader,
        "READER_URL": url_of(logins["reader"]),
        "DESTINATION__POSTGRES__CREDENTIALS": loader,
    }


def _server(given: dict[str, str]) -> dict[str, str]:
    """Complete the given credentials of a server that isn't ours."""
    if not given.get("PGHOST"):
        raise WarehouseError(
            "WAREHOUSE=server needs PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD "
            "of the transformer: set them in .env or in the environment."
        )
    login = {"PGPORT": "5432", "PGDATABASE": DATABASE, "PGUSER": "transformer"}
    login |= {name: given[name] for name in CONNECTION if given.get(name)}
    own = url_of({**given, **login})
    loader = given.get("LOADER_URL") or own
    return {
        **login,
        "LOADER_URL": loader,
        "READER_URL": given.get("READER_URL") or own,
        "DESTINATION__POSTGRES__CREDENTIALS": loader,
    }


def _setting(name: str) -> str | None:
    return os.environ.get(name) or env_file.read(ROOT / ".env").lines.get(name)


def _given(block: dict[str, str]) -> dict[str, str]:
    """Return the process environment less what was merely loaded from `block`.

    A shell, dbt and Dagster load the default warehouse's; that was nobody's choice.
    """
    loaded = {
        name
        for name in (*CONNECTION, *URLS, "DLT_DATA_DIR", "DAGSTER_HOME")
        if name in block and os.environ.get(name) == block[name]
    }
    if not loaded.issuperset(CONNECTION):  # some may be equal by chance
        loaded -= set(CONNECTION)
    return {name: value for name, value in os.environ.items() if name not in loaded}


def leads_astray(name: str, is_embedded: bool) -> bool:
    """Say whether a variable would send one of our tools elsewhere."""
    if name in ELSEWHERE or ("DESTINATION__" in name and "CREDENTIALS" in name):
        return True
    return is_embedded and name.startswith("PG") and name[2:].isupper()
