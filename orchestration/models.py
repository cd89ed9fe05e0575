"""Every dbt model as an asset, every dbt test as a check of the model that it tests."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

import warehouse
from orchestration.domains import Translator
from orchestration.handing import names, settled
from warehouse.ledger import set_aside
from warehouse.manifest import KEPT, PARSED, TARGET, manifest

PROJECT = DbtProject(
    project_dir=warehouse.ROOT / "dbt_project", profiles_dir=warehouse.ROOT
)


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

    def _get_unique_target_path(self, *, context: dg.OpExecutionContext | None) -> Path:
        """Return a folder of this dbt's own, in which it finds the project parsed."""
        path = super()._get_unique_target_path(context=context)
        folder = Path(self.project_dir, path)
        kept = folder.with_name(KEPT)
        if kept.exists():
            folder.mkdir(parents=True)
            shutil.copy(kept, folder / PARSED)
        return path


DBT = Dbt(PROJECT, dbt_executable=str(Path(sys.executable).parent / "dbt"))


MANIFEST = manifest()
NOTHING_NEW = "NOTHING NEW"
"""What dbt says of a model that it was handed, and that had nothing to do."""
NOT_STARTED = "Nothing is pending: dbt was not started."


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator())
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build what is pending and test it; unit tests are about code, so not here."""
    left_out = settled(MANIFEST, context)
    if left_out is None:
        context.log.info(NOT_STARTED)
        aside = set_aside()
        if aside:
            raise dg.Failure(aside)
        return
    built = dbt.cli(build_command(left_out), context=context)
    try:
        for event in built.stream_raw_events():
            if event.raw_event["data"].get("status") != NOTHING_NEW:
                yield from event.to_default_asset_events(
                    MANIFEST,
                    built.dagster_dbt_translator,
                    context,
                    built.target_path,
                )
    except Exception:
        (built.target_path / PARSED).unlink(missing_ok=True)  # the log is enough
        raise
    shutil.rmtree(built.target_path)  # kept only of a build that failed


def build_command(left_out: Iterable[str]) -> list[str]:
    """Return what dbt is to build, of the models that Dagster selects."""
    command = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
    excluded = names(MANIFEST, left_out)
    return [*command, "--exclude", excluded] if excluded else command


@dg.op
def tests_of_everything(dbt: DbtCliResource) -> None:
    """Run every test over all rows, not only over those that changed."""
    arguments = ["test", "--exclude-resource-type", "unit_test"]
    # dbt goes on from a parse for the same `--vars` alone: it stays for the next audit
    target = TARGET / "audit"
    dbt.cli([*arguments, "--vars", "{audit: true}"], target_path=target).wait()
