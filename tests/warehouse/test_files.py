"""The files at the root: the compose file, the settings, the README."""

import re

import pytest
import yaml

from warehouse import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
README = (ROOT / "README.md").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
LASTING = ("postgres", "webserver", "daemon")


@pytest.mark.parametrize("name", ["postgres", "webserver"])
def test_compose_publishes_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_compose_publishes_nothing_else():
    published = {name for name in SERVICES if "ports" in SERVICES[name]}

    assert published == {"postgres", "webserver"}
    assert "network_mode" not in COMPOSE


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched_and_restarted(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_dagster_waits_for_a_healthy_database_and_an_installed_lock():
    waits = {
        name: {other: given["condition"] for other, given in wanted.items()}
        for name in ("prepare", "webserver", "daemon")
        if (wanted := SERVICES[name]["depends_on"])
    }

    assert waits["prepare"] == {"postgres": "service_healthy"}
    for name in ("webserver", "daemon"):
        assert waits[name] == {
            "postgres": "service_healthy",
            "prepare": "service_completed_successfully",
        }
    install = SERVICES["prepare"]["command"][-1]
    assert "--no-deps --require-hashes -r /tickhouse/requirements.lock" in install


def test_what_must_last_lies_in_named_volumes():
    named = yaml.safe_load(COMPOSE)["volumes"]

    assert set(named) == {"postgres", "venv", "warehouse"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert "warehouse:/warehouse" in SERVICES["daemon"]["volumes"]


def test_compose_runs_our_role_script():
    mounted = [volume.split(":")[0] for volume in SERVICES["postgres"]["volumes"]]
    scripts = [ROOT / path for path in mounted if path.startswith("./")]

    assert [path.name for path in scripts] == ["roles.psql", "roles.sql"]
    assert all(path.is_file() for path in scripts)


@pytest.mark.parametrize("name", SERVICES)
def test_compose_holds_no_password(name):
    """Each comes from .env, and compose stops if it isn't there."""
    for variable, value in SERVICES[name].get("environment", {}).items():
        if "PASSWORD" in variable:
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)
        if "URL" in variable:
            assert re.search(r"://\w+:\$\{\w+:\?[^}]+\}@postgres:", value)


def test_every_setting_of_the_example_has_its_comment_line():
    lines = (ROOT / ".env.example").read_text().splitlines()

    settings = [
        (before, line)
        for before, line in zip(lines, lines[1:], strict=False)
        if re.match(r"#?[A-Z][A-Z_]*=", line)
    ]

    assert all(re.match(r"# \S.*\S$", before) for before, _ in settings)
    names = {line.lstrip("#").split("=")[0] for _, line in settings}
    assert names >= {
        *("WAREHOUSE", "WAREHOUSE_DIR", "DLT_DATA_DIR", "LOADER_URL", "READER_URL"),
        *("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"),
        *("SOURCES__BINANCE__BASE_URL", "SOURCES__BINANCE__SYMBOLS"),
        *("LOG_LEVEL", "LOG_FILE"),
    }
    assert names >= set(re.findall(r"\$\{(\w+):\?", COMPOSE))


def test_the_profile_takes_its_credentials_from_the_environment_only():
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["tickhouse"]

    given = outputs["outputs"][outputs["target"]]
    for option in ("host", "port", "dbname", "user", "password", "sslmode"):
        assert re.match(r"\{\{ env_var\('PG[A-Z]+'", given[option])


def test_every_test_that_the_readme_names_for_a_promise_is_there():
    named = set(re.findall(r"`([a-z_]+/test_[a-z_]+\.py)`", README))

    assert len(named) > 20
    assert not [name for name in named if not (ROOT / "tests" / name).exists()]


def test_every_word_of_make_that_the_readme_names_is_one():
    words = set(re.findall(r"`make ([a-z-]+)`", README))
    makefile = (ROOT / "Makefile").read_text()

    assert {"run", "test", "break", "test-long"} <= words
    assert not [word for word in words if f"\n{word}:" not in makefile]
