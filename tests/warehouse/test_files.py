"""The files at the root: the compose file, the settings, the README and its docs."""

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from dotenv import dotenv_values

from ingestion.sources import SYSTEMS
from orchestration.upstreams import ADDRESS, account_of
from warehouse import ROOT, settings
from warehouse.postgres import cluster, configuration

COMPOSE = (ROOT / "docker-compose.yml").read_text()
LEDGER = ROOT / "dbt_project/macros/ledger/README.md"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
# with the pages that it leads to
README = "\n".join(page.read_text() for page in PAGES)
SERVICES = yaml.safe_load(COMPOSE)["services"]
IMAGE = (ROOT / "Dockerfile").read_text()
EXAMPLE = ROOT / "compose.env.example"
IGNORED = (ROOT / ".gitignore").read_text().splitlines()
LASTING = ("postgres", "sandbox", "webserver", "daemon", "serving")
OURS = ("prepare", "sandbox", "webserver", "daemon", "serving")
STEPS = re.search(r"^(cp compose\.env\.example.*?)```", README, re.S | re.M).group(1)
LINK = re.compile(r"\]\((?!https?:|#!)([^)#]*)#?([^)]*)\)")


def test_compose_is_what_the_compose_specification_allows(tmp_path, capsys):
    wanted = ["--builtin-schema", "vendor.compose-spec"]
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(COMPOSE.replace("shm_size:", "shared_memory:"))

    codes = []
    for path in (ROOT / "docker-compose.yml", wrong):
        with pytest.raises(SystemExit) as exit_:
            check_jsonschema([*wanted, str(path)])
        codes.append(exit_.value.code)

    assert codes == [0, 1]
    assert "shared_memory" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["postgres", "webserver", "serving"])
def test_compose_publishes_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_compose_publishes_nothing_else():
    published = {name for name in SERVICES if "ports" in SERVICES[name]}

    assert published == {"postgres", "webserver", "serving"}
    assert "network_mode" not in COMPOSE


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched_and_restarted(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_dagster_waits_for_a_healthy_database_and_what_else_there_is():
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
            "sandbox": "service_healthy",
        }
        assert SERVICES[name]["depends_on"]["sandbox"]["required"] is False


def test_the_image_has_the_lock_and_what_runs_and_no_secret():
    assert "--no-deps --require-hashes -r requirements.lock" in IMAGE
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}

    assert "*" in ignored
    assert kept == {
        *("requirements.lock", "profiles.yml", "dbt_project"),
        *("ingestion", "orchestration", "sandbox", "serving", "warehouse"),
    }
    assert all((ROOT / name).exists() for name in kept)


def test_no_container_of_ours_is_root_or_sees_the_checkout():
    assert IMAGE.split("USER ")[-1].strip() == "tickhouse"
    owned = re.search(r"--owner=tickhouse (.*)", IMAGE).group(1).split()

    assert owned == ["/tickhouse", "/warehouse"]
    for name in OURS:
        service = SERVICES[name]
        assert service["build"] == "."
        assert "user" not in service
        for volume in service.get("volumes", []):
            is_named = isinstance(volume, str)
            assert volume == "warehouse:/warehouse" if is_named else volume["read_only"]
    for volume in SERVICES["postgres"]["volumes"]:
        assert volume.startswith("postgres:") or volume.endswith(":ro")


def test_what_must_last_lies_in_named_volumes():
    named = yaml.safe_load(COMPOSE)["volumes"]

    assert set(named) == {"postgres", "warehouse"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert "warehouse:/warehouse" in SERVICES["daemon"]["volumes"]


def test_compose_runs_our_role_script_and_our_servers_settings():
    mounted = [volume.split(":")[0] for volume in SERVICES["postgres"]["volumes"]]
    scripts = [ROOT / path for path in mounted if path.startswith("./")]

    assert [path.name for path in scripts] == [
        *("postgresql.conf", "roles.psql", "roles.sql"),
    ]
    assert all(path.is_file() for path in scripts)
    assert scripts[0] == configuration.SHARED
    included = scripts[1].read_text().split()[-1]
    assert _place_of("roles.sql") == included.removeprefix("..")
    options = SERVICES["postgres"]["command"][1:]
    assert {option.split("=")[0] for option in options} == {
        *("--config-file", "--listen-addresses", "--shared-buffers"),
    }
    assert options[0] == f"--config-file={_place_of('postgresql.conf')}"


def _place_of(name: str) -> str:
    (found,) = [
        volume.split(":")[1]
        for volume in SERVICES["postgres"]["volumes"]
        if PurePosixPath(volume.split(":")[0]).name == name
    ]
    return found


def test_compose_makes_the_database_as_the_embedded_server_does(tmp_path):
    ours = [
        word
        for word in cluster._initdb(tmp_path, tmp_path)[2:]
        if not word.startswith(("--username", "--pwfile"))
    ]

    assert SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split() == ours


@pytest.mark.parametrize("name", SERVICES)
def test_compose_holds_no_password(name):
    """Each comes from compose.env, and compose stops if it isn't there."""
    for variable, value in SERVICES[name].get("environment", {}).items():
        if "PASSWORD" in variable and value:
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)
        if "URL" in variable:
            assert re.search(r"://\w+:\$\{\w+:\?[^}]+\}@postgres:", value)


def test_compose_asks_for_nothing_that_dot_env_or_a_plain_dbt_knows():
    wanted = set(re.findall(r"\$\{(\w+)", COMPOSE))
    known = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)

    assert wanted == {
        *("POSTGRES_PASSWORD", "LOADER_PASSWORD", "TRANSFORMER_PASSWORD"),
        *("READER_PASSWORD", "LOANS_FOLDER"),
    }
    assert not wanted & {*known, *settings.CONNECTION}
    assert wanted <= dotenv_values(EXAMPLE).keys()
    assert {"compose.env", "serving.env"} <= set(IGNORED)


def test_the_example_leads_each_system_to_the_stand_ins_of_the_demo():
    told = dotenv_values(EXAMPLE)
    demo = SERVICES["sandbox"]
    folder, wanted = account_of("loans"), {ADDRESS: "http://sandbox:8000"}
    for system in set(SYSTEMS) - {"loans"}:
        wanted |= account_of(system)

    assert demo["profiles"] == ["demo"]
    assert "--port=8000" in demo["command"]
    assert {name: told[name] for name in told if "SOURCES" in name} == wanted
    assert str(ROOT / told["LOANS_FOLDER"]) in folder.values()
    assert not [name for name in told if "PASSWORD" in name and told[name]]


def test_the_steps_name_the_file_and_the_profile_first():
    lines = [line.strip() for line in STEPS.splitlines()]

    assert lines[:2] == [
        "cp compose.env.example compose.env",
        "cp serving.env.example serving.env",
    ]
    assert "--env-file compose.env --profile demo up" in lines[2]


def test_the_service_knows_the_reader_alone_and_its_keys_from_a_file_of_its_own():
    given = SERVICES["serving"]["environment"]
    theirs = dotenv_values(ROOT / "serving.env.example")

    assert {name for name, value in given.items() if "PASSWORD" in value} == {
        "READER_URL"
    }
    assert SERVICES["serving"]["env_file"] == "serving.env"
    assert "volumes" not in SERVICES["serving"]
    assert theirs == {"SERVING_KEYS": ""}
    assert not [name for name in dotenv_values(EXAMPLE) if "SERVING" in name]


def test_the_service_is_watched_where_no_key_is_asked():
    assert SERVICES["serving"]["healthcheck"]["test"][-1].endswith('/v1/health")')


def test_each_command_of_compose_has_the_options_that_it_is_given():
    for name, module in (
        *(("sandbox", "sandbox"), ("prepare", "warehouse"), ("serving", "serving")),
    ):
        command = SERVICES[name]["command"]
        assert command[:3] == ["python", "-m", module]
        done = subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, *command[1:], "--help"], cwd=ROOT, capture_output=True
        )
        assert done.returncode == 0, done.stderr


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


def test_the_profile_takes_its_credentials_from_the_environment_only():
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text())["tickhouse"]

    given = profile["outputs"]["dev"]
    for option in ("host", "port", "dbname", "user", "password", "sslmode"):
        assert re.match(r"\{\{ env_var\('PG[A-Z]+'", given[option])


def test_every_test_that_the_readme_names_for_a_promise_is_there():
    named = set(re.findall(r"`([a-z_/]+/test_[a-z_]+\.py)`", README))

    assert len(named) > 20
    assert not [name for name in named if not (ROOT / "tests" / name).exists()]


def test_every_word_of_make_that_the_readme_names_is_one():
    words = set(re.findall(r"`make ([a-z-]+)`", README))
    makefile = (ROOT / "Makefile").read_text()

    assert {"run", "test", "break", "test-long"} <= words
    assert not [word for word in words if f"\n{word}:" not in makefile]


@pytest.mark.parametrize(
    "page", [*PAGES, LEDGER], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_link_of_the_docs_leads_somewhere(page):
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_page_of_the_docs_is_one_click_from_the_readme():
    linked = {path for path, _ in LINK.findall(PAGES[0].read_text())}

    assert {str(page.relative_to(ROOT)) for page in (*PAGES[1:], LEDGER)} <= linked


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
