"""Which variable comes from where; no server is needed for that."""

import os
import subprocess
import sys

import pytest

import warehouse
from warehouse import WarehouseError, env_file, settings, state

GIVEN = {
    "PGHOST": "db.example.com",
    "PGPORT": "6432",
    "PGDATABASE": "theirs",
    "PGUSER": "them",
    "PGPASSWORD": "p@ss/word",
}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return an empty repository root, with nothing of a warehouse exported."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    for name in os.environ:
        if name in settings.OWNED or name.startswith(("PG", "DBT_", "WAREHOUSE")):
            monkeypatch.delenv(name)
    return tmp_path


def started(directory, port=20001):
    """Leave behind what a start does, without the server."""
    directory.mkdir(exist_ok=True)
    names = (*settings.ROLES, "admin")
    passwords = {name: f"{name}-of-{port}" for name in names}
    state.save(directory, state.State(".", port, passwords, True))
    warehouse.block.write(directory, settings.embedded(directory))
    return directory


def export(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_the_process_beats_the_users_lines_which_beat_the_block(checkout, monkeypatch):
    started(checkout / ".warehouse")
    warehouse.remember(A="block", B="block", C="block")
    with open(checkout / ".env", "a") as lines:
        lines.write("B=lines\nC=lines\n")
    export(monkeypatch, C="process")

    found = warehouse.environment()

    assert [found[name] for name in "ABC"] == ["block", "lines", "process"]


def test_the_embedded_server_is_used_whatever_is_exported(checkout, monkeypatch):
    started(checkout / ".warehouse")
    export(monkeypatch, **GIVEN, LOADER_URL="postgresql://x/y", READER_URL="z")
    export(monkeypatch, DESTINATION__POSTGRES__CREDENTIALS="postgresql://x/y")
    (checkout / ".env").open("a").write("PGHOST=prod\nLOADER_URL=prod\n")

    found = warehouse.environment()

    assert found["PGPASSWORD"] == "transformer-of-20001"
    assert found["PGHOST"] == "127.0.0.1"
    assert found["LOADER_URL"] == (
        "postgresql://loader:loader-of-20001@127.0.0.1:20001/tickhouse"
    )
    assert found["READER_URL"].startswith("postgresql://reader:reader-of-20001@")
    assert found["DESTINATION__POSTGRES__CREDENTIALS"] == found["LOADER_URL"]


@pytest.mark.parametrize(
    "name",
    [
        *("PGSERVICE", "PGOPTIONS", "PGPASSFILE", "PGSSLMODE", "PGHOSTADDR", "PGTZ"),
        *("DBT_TARGET_PATH", "DBT_TARGET", "DBT_ENGINE_PROFILES_DIR", "DBT_STATE"),
        "DBT_SCHEMA",
        *("DESTINATION__CREDENTIALS", "BINANCE__DESTINATION__POSTGRES__CREDENTIALS"),
    ],
)
def test_a_variable_that_leads_elsewhere_is_dropped(checkout, monkeypatch, name):
    started(checkout / ".warehouse")
    export(monkeypatch, **{name: "/somewhere/else"}, PATH_OF_MINE="kept")

    found = warehouse.environment()

    assert name not in found
    assert found["PATH_OF_MINE"] == "kept"


def test_dbt_and_dagster_are_pointed_here_over_exported_places(checkout, monkeypatch):
    export(monkeypatch, DBT_PROFILES_DIR="/x", DBT_PROJECT_DIR="/x", DAGSTER_HOME="/x")

    found = warehouse.environment()

    assert found["DBT_PROFILES_DIR"] == str(checkout)
    assert found["DBT_PROJECT_DIR"] == str(checkout / "dbt_project")
    assert found["DAGSTER_HOME"] == str(checkout / ".warehouse" / "dagster")
    assert found["DLT_DATA_DIR"] == str(checkout / ".warehouse" / "dlt")


def test_a_dlt_folder_of_the_users_own_is_kept_and_made_absolute(checkout, monkeypatch):
    export(monkeypatch, DLT_DATA_DIR="pipelines")

    assert warehouse.environment()["DLT_DATA_DIR"] == str(checkout / "pipelines")


def test_before_the_first_start_nobody_elses_credentials_are_used(
    checkout, monkeypatch
):
    export(monkeypatch, **GIVEN)

    assert not settings.OWNED & {*settings.CONNECTION} & {*warehouse.environment()}
    with pytest.raises(WarehouseError, match="python -m warehouse start"):
        warehouse.url("transformer")


def test_a_server_of_the_users_own_is_used_as_given(checkout, monkeypatch):
    started(checkout / ".warehouse")
    export(monkeypatch, WAREHOUSE="server", **GIVEN, PGSSLMODE="verify-full")

    found = warehouse.environment()

    assert {name: found[name] for name in GIVEN} == GIVEN
    assert found["PGSSLMODE"] == "verify-full"
    assert found["LOADER_URL"] == found["READER_URL"] == warehouse.url("transformer")
    assert warehouse.url("transformer") == (
        "postgresql://them:p%40ss%2Fword@db.example.com:6432/theirs?sslmode=verify-full"
    )


def test_each_role_of_a_given_server_has_its_own_url(checkout, monkeypatch):
    export(monkeypatch, WAREHOUSE="server", **GIVEN)
    export(monkeypatch, LOADER_URL="postgresql://l", READER_URL="postgresql://r")

    urls = [warehouse.url(role) for role in ("loader", "reader")]

    assert urls == ["postgresql://l", "postgresql://r"]
    assert warehouse.environment()["DESTINATION__POSTGRES__CREDENTIALS"] == urls[0]
    with pytest.raises(WarehouseError, match="administrator"):
        warehouse.url("admin")


def test_a_url_and_its_variables_are_the_same():
    variables = {**GIVEN, "PGHOST": "::1", "PGSSLMODE": "require"}

    there = warehouse.urls.url_of(variables)

    assert warehouse.urls.variables_of(there) == variables


def test_a_server_without_a_host_is_refused(checkout, monkeypatch):
    started(checkout / ".warehouse")
    export(monkeypatch, WAREHOUSE="server")

    with pytest.raises(WarehouseError, match="needs PGHOST"):
        warehouse.environment()


def test_the_embedded_block_is_no_given_server(checkout, monkeypatch):
    """Dagster loads .env over the process environment."""
    block = settings.embedded(started(checkout / ".warehouse"))
    export(monkeypatch, WAREHOUSE="server", **block)

    with pytest.raises(WarehouseError, match="needs PGHOST"):
        warehouse.environment()


def test_a_given_server_may_equal_the_block_in_part(checkout, monkeypatch):
    """As docker-compose takes the password from .env."""
    block = settings.embedded(started(checkout / ".warehouse"))
    export(monkeypatch, WAREHOUSE="server", **{**block, "PGHOST": "postgres"})

    assert warehouse.environment()["PGPASSWORD"] == block["PGPASSWORD"]


def test_another_warehouse_takes_nothing_from_the_defaults_block(checkout, monkeypatch):
    default = started(checkout / ".warehouse")
    warehouse.remember(SOURCES__BINANCE__BASE_URL="http://127.0.0.1:1/binance")
    other = started(checkout / "other", port=20002)
    block = env_file.read(checkout / ".env").block
    loaded = {name: block[name] for name in (*settings.CONNECTION, "LOADER_URL")}
    places = {name: block[name] for name in ("DLT_DATA_DIR", "DAGSTER_HOME")}
    export(monkeypatch, WAREHOUSE_DIR=str(other), **loaded, **places)

    found = warehouse.environment()

    assert not [name for name in found if str(default) in found[name]]
    assert found["PGPORT"] == "20002"
    assert found["DLT_DATA_DIR"] == str(other / "dlt")
    assert "SOURCES__BINANCE__BASE_URL" not in found


def test_the_exported_warehouse_dir_beats_the_one_in_the_file(checkout, monkeypatch):
    (checkout / ".env").write_text("WAREHOUSE_DIR=from_the_file\n")
    assert warehouse.warehouse_dir() == checkout / "from_the_file"

    export(monkeypatch, WAREHOUSE_DIR="exported")

    assert warehouse.warehouse_dir() == checkout / "exported"


def test_only_the_default_warehouse_writes_the_main_env_file(checkout, monkeypatch):
    export(monkeypatch, WAREHOUSE_DIR="other")
    started(checkout / "other")
    warehouse.remember(A="1")

    assert not (checkout / ".env").exists()
    assert env_file.read(checkout / "other" / "env").block["A"] == "1"
    assert (checkout / "other" / "env").stat().st_mode & 0o777 == 0o600


def test_what_is_remembered_survives_a_start_and_can_be_forgotten(checkout):
    started(checkout / ".warehouse")
    warehouse.remember(A="1", B="2")
    started(checkout / ".warehouse", port=20003)
    assert env_file.read(checkout / ".env").block["A"] == "1"

    warehouse.forget("A")

    assert "A" not in warehouse.environment()
    assert warehouse.environment()["B"] == "2"


def test_the_main_block_has_all_that_plain_commands_need(checkout):
    started(checkout / ".warehouse")

    block = env_file.read(checkout / ".env").block

    assert set(block) == settings.OWNED - {"WAREHOUSE_DIR"}


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("DO_NOT_TRACK", "1"),
        ("DBT_SEND_ANONYMOUS_USAGE_STATS", "false"),
        ("RUNTIME__DLTHUB_TELEMETRY", "false"),
        ("DAGSTER_DG_UPDATE_CHECK_ENABLED", "0"),
    ],
)
def test_no_tool_calls_home_even_if_told_to(checkout, monkeypatch, switch, value):
    export(monkeypatch, **{switch: "on"})

    assert warehouse.environment()[switch] == value


def test_activating_changes_this_process(checkout, monkeypatch):
    started(checkout / ".warehouse")
    monkeypatch.setattr(os, "environ", {"PGSERVICE": "prod", "HOME": "/home/me"})

    warehouse.activate()

    assert "PGSERVICE" not in os.environ
    assert os.environ["HOME"] == "/home/me"
    assert os.environ["PGPORT"] == "20001"


def test_an_unknown_kind_of_warehouse_is_refused(checkout, monkeypatch):
    export(monkeypatch, WAREHOUSE="cloud")

    with pytest.raises(WarehouseError, match="embedded or server"):
        warehouse.environment()


def test_the_target_names_the_place_and_no_password(checkout, monkeypatch):
    assert "not started yet" in warehouse.target()
    started(checkout / ".warehouse")
    assert warehouse.target() == (
        "embedded PostgreSQL 18.6 on 127.0.0.1:20001, database tickhouse, "
        "data in .warehouse"
    )

    export(monkeypatch, WAREHOUSE="server", **GIVEN)

    assert "db.example.com:6432, database theirs" in warehouse.target()
    assert GIVEN["PGPASSWORD"] not in warehouse.target()


def test_the_state_of_another_user_is_not_trusted(checkout):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    directory = started(checkout / ".warehouse")
    os.chown(directory / "server.json", 65534, -1)

    with pytest.raises(WarehouseError, match="another user"):
        warehouse.environment()


def test_importing_is_free():
    """It opens no .env, asks for no variable of ours and touches no socket."""
    script = """
import os, sys
asked = []
class Watched(type(os.environ)):
    def __getitem__(self, name):
        asked.append(name)
        return super().__getitem__(name)
os.environ.__class__ = Watched
events = []
sys.addaudithook(lambda event, args: events.append((event, str(args))))
import warehouse
assert not [name for name in asked if name.startswith(("PG", "WAREHOUSE", "DBT"))]
assert not [event for event in events if event[0].startswith("socket.")]
assert not [event for event in events if event[0] == "open" and ".env'" in event[1]]
assert "psycopg2" not in sys.modules
"""
    done = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", script],
        cwd=warehouse.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
