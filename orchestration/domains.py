"""Which domain an asset is of, and so its group, owner and tags on Dagster's pages.

All of it is in dbt's project and nowhere else: the domain of a model is its dbt
group, and that of a raw table the group of the models that read it.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_shared.record import replace

Manifest = Mapping[str, Any]
RAW = "source.tickhouse.raw."


class Translator(DagsterDbtTranslator):
    """dagster-dbt's, by which each asset has its domain."""

    def get_asset_spec(
        self, manifest: Manifest, unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Return what Dagster shows of a model or source."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        is_view = node["config"].get("materialized") == "view"
        domain = domain_of(manifest, unique_id)
        owned = spec.replace_attributes(
            group_name=domain, owners=owners_of(manifest, domain)
        )
        return owned.merge_attributes(
            tags=tags_of(manifest, unique_id),
            kinds={"view" if is_view else "table"},
        )

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Manifest,
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """Return what Dagster shows of a test: what its macro says of it."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and replace(spec, description=_claim(manifest, unique_id))


def domain_of(manifest: Manifest, unique_id: str) -> str:
    """Return the dbt group of a model, or of the staging model of a source.

    Without one it is the folder.
    """
    if unique_id in manifest["sources"]:
        unique_id = _staging_of(manifest, unique_id)
    found = _found(manifest, unique_id)
    return found["config"].get("group") or found["fqn"][-2]


def owners_of(manifest: Manifest, domain: str) -> list[str]:
    """Return who a dbt group says that it is owned by: an e-mail, else a team."""
    groups = {group["name"]: group for group in manifest["groups"].values()}
    owner = groups.get(domain, {}).get("owner", {})
    name = owner.get("name") or domain
    team = name.lower().removesuffix(" team").replace(" ", "-")
    return [owner.get("email") or f"team:{team}"]


def tags_of(manifest: Manifest, unique_id: str) -> dict[str, str]:
    """Return an asset's layer, its system if it is of one, and whether it is personal.

    A domain of which a model says `is_personal` is so from its raw tables on.
    """
    found = _found(manifest, unique_id)
    tags = {"layer": found["schema"]}
    system, parted, _ = found["name"].removeprefix("stg_").partition("__")
    if parted and found["schema"] in ("raw", "staging") and _has(manifest, system):
        tags["system"] = system
    if domain_of(manifest, unique_id) in _personal(manifest):
        tags["personal"] = "true"
    return tags


def raw_spec(manifest: Manifest, table: str) -> dg.AssetSpec:
    """Return what Dagster shows of a raw table: what dbt's sources say of it."""
    spec = Translator().get_asset_spec(manifest, RAW + table, None)
    described = {
        name: value
        for name, value in spec.metadata.items()
        if not name.startswith("dagster_dbt")
    }
    return dg.AssetSpec(
        spec.key,
        description=manifest["sources"][RAW + table]["description"],
        metadata=described,
        group_name=spec.group_name,
        owners=spec.owners,
        tags=tags_of(manifest, RAW + table),
        kinds={"dlt", "postgres"},
    )


def _claim(manifest: Manifest, unique_id: str) -> str:
    """Return what a test says of itself, else what its macro does."""
    node = manifest["nodes"][unique_id]
    macros = [manifest["macros"][name] for name in node["depends_on"]["macros"]]
    said = [each["description"] for each in macros if each["name"][:5] == "test_"]
    own = f"dbt's own test {node.get('test_metadata', node)['name']}."
    return node["description"] or " ".join(said) or own


def _found(manifest: Manifest, unique_id: str) -> Mapping[str, Any]:
    return manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]


def _staging_of(manifest: Manifest, source: str) -> str:
    """Return the model that stages a source: by its stem, else one that reads it."""
    stem = f"model.tickhouse.stg_{source.removeprefix(RAW)}"
    return min(
        (
            child
            for child in manifest["child_map"][source]
            if child in manifest["nodes"]
        ),
        key=lambda child: (not child.startswith(stem), child),
        default=source,
    )


def _has(manifest: Manifest, system: str) -> bool:
    return f"{RAW}{system}__fetches" in manifest["sources"]


def _personal(manifest: Manifest) -> set[str]:
    return {
        domain_of(manifest, unique_id)
        for unique_id, node in manifest["nodes"].items()
        if node["config"].get("meta", {}).get("is_personal")
    }
