"""What of a selection dbt is handed: what is pending, and what may follow from it."""

from collections.abc import Iterable, Set

import dagster as dg

from warehouse.manifest import Manifest
from warehouse.pending import pending

UNIQUE_ID = "dagster_dbt/unique_id"


def settled(manifest: Manifest, context: dg.AssetExecutionContext) -> set[str] | None:
    """Return the ids of a step's models that dbt need not look at; None if of none.

    A step of some models alone leaves functions, and tests of others, to one of all.
    """
    specs = context.assets_def.specs_by_key
    chosen = {specs[key].metadata[UNIQUE_ID] for key in context.selected_asset_keys}
    waiting = {each.unique_id for each in pending(manifest)}
    if context.is_subset:
        waiting = {
            unique_id
            for unique_id in waiting
            if unique_id in chosen
            or _is_test(unique_id)
            and _reads(manifest, unique_id) <= chosen
        }
    return chosen - following(manifest, waiting) if waiting else None


def following(manifest: Manifest, waiting: Iterable[str]) -> Set[str]:
    """Return what waits to be built, what is downstream, and what tests of it read."""
    found, left = set(), list(waiting)
    while left:
        unique_id = left.pop()
        if unique_id not in found:
            found.add(unique_id)
            left += manifest["child_map"].get(unique_id, [])
    read = [_reads(manifest, unique_id) for unique_id in found if _is_test(unique_id)]
    return found.union(*read)


def names(manifest: Manifest, ids: Iterable[str]) -> str:
    """Return nodes as dbt's options name them."""
    return " ".join(sorted(manifest["nodes"][unique_id]["name"] for unique_id in ids))


def _is_test(unique_id: str) -> bool:
    return unique_id.startswith("test.")


def _reads(manifest: Manifest, unique_id: str) -> set[str]:
    return set(manifest["nodes"][unique_id]["depends_on"]["nodes"])
