"""Every dbt model as an asset, every dbt test as a check of the model that it tests."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

import warehouse
from orchestration.domains import Translator

PROJECT = DbtProject(
    project_dir=warehouse.ROOT / "dbt_project", profiles_dir=warehouse.ROOT
)
PARSED = "partial_parse.msgpack"
SERVER = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")


class Dbt(DbtCliResource):
    """dbt of this environment, without what dagster-dbt does before it starts dbt.

    That is `dbt --version`, which asks PyPI for a newer one, and a second dbt within
    Dagster's own process, 2 s of a minute's run, for columns and row counts that
    nothing here asks for.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        return None


DBT = Dbt(PROJECT, dbt_executable=str(Path(sys.executable).parent / "dbt"))


def manifest(project: DbtProject = PROJECT) -> dict[str, Any]:
    """Give dbt's manifest, parsed anew where a file of the project is newer.

    And where it was parsed for another server: dbt would then parse in each run. And
    where it is half a one, or one of a developer's own schemas, since a dbt that is run
    by hand writes it in place. `dbt docs generate` leaves a parse without unit tests,
    which no other dbt can go on from: that alone is made anew, and the docs stay.
    """
    path = project.manifest_path
    stamp = path.with_name("parsed_for")
    sources = [warehouse.ROOT / "profiles.yml", *project.project_dir.glob("*.yml")]
    for folder in ("models", "macros", "tests", "seeds", "functions"):
        sources += (project.project_dir / folder).rglob("*.*")
    newest = max(source.stat().st_mtime for source in sources)
    is_parsed = path.exists() and stamp.exists() and stamp.read_text() == server()
    if not is_parsed or path.stat().st_mtime < newest:
        _parse(project, path.parent)
        stamp.write_text(server())  # dbt may have loaded a .env
    try:
        parsed = json.loads(path.read_bytes())
    except ValueError:
        parsed = None
    if parsed is None or _is_a_developers(parsed):
        _parse(project, path.parent)
        parsed = json.loads(path.read_bytes())
    if not parsed["unit_tests"] and _is_older(path.with_name(PARSED), path):
        _parse(project, path.parent, [PARSED])
    return parsed


def _is_a_developers(manifest: dict[str, Any]) -> bool:
    """Say whether dbt parsed for other schemas than those that BI reads."""
    schemas = {
        node["schema"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    return not schemas <= {"staging", "intermediate", "marts"}


def _is_older(path: Path, other: Path) -> bool:
    return not path.exists() or path.stat().st_mtime < other.stat().st_mtime


def _parse(project: DbtProject, target: Path, wanted: Sequence[str] = ()) -> None:
    """Parse aside, since others may be reading what was parsed before.

    Of what dbt writes only the `wanted` files are taken, where some are named.
    """
    from dbt.cli.main import dbtRunner  # seldom needed, and slow to import

    target.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=target) as folder:
        if (target / PARSED).exists():
            shutil.copy(target / PARSED, folder)
        places = {
            "--project-dir": project.project_dir,
            "--profiles-dir": project.profiles_dir,
            "--target-path": folder,
        }
        options = [str(word) for place in places.items() for word in place]
        parsed = dbtRunner().invoke(["parse", "--quiet", *options])
        if not parsed.success:
            raise parsed.exception
        for file in Path(folder).iterdir():
            if not wanted or file.name in wanted:
                file.replace(target / file.name)


def server() -> str:
    """Give what dbt takes for its server, whose change lets it parse anew."""
    return " ".join(os.environ.get(name, "") for name in SERVER)


MANIFEST = manifest()


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator())
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build what changed and test it; unit tests are about code, so not here."""
    arguments = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
    built = dbt.cli(arguments, context=context)
    try:
        yield from built.stream()
    except Exception:
        (built.target_path / PARSED).unlink(missing_ok=True)  # the log is enough
        raise
    shutil.rmtree(built.target_path)  # kept only of a build that failed


@dg.op
def tests_of_everything(dbt: DbtCliResource) -> None:
    """Run every test over all rows, not only over those that changed."""
    arguments = ["test", "--exclude-resource-type", "unit_test"]
    tested = dbt.cli([*arguments, "--vars", "{audit: true}"]).wait()
    shutil.rmtree(tested.target_path)
