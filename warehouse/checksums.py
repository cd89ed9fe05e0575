"""What decides what a build of a dbt node would run, as the macro `checksum_of` says.

So that what is pending is known without a dbt that starts.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from warehouse.manifest import PROJECT, Manifest

FIELDS = (
    *("raw_code", "description", "columns", "constraints", "config"),
    *("test_metadata", "arguments", "returns"),
)
CALLED = re.compile(r"\w+(?=\()")
NAMED = re.compile(r"""var\(['"](\w+)""")
OF_A_RUN = {"audit", "outdated", "rebuild_pruned"}
"""Variables that say what a run looks at, not what it makes of it."""
Variables = Mapping[str, Any]


class Checksums:
    """The checksum of each node of a manifest, by its id, under some variables."""

    def __init__(self, manifest: Manifest, variables: Variables) -> None:
        self._nodes = manifest["nodes"] | manifest["functions"]
        self._macros = manifest["macros"]
        self._project = manifest["metadata"]["project_name"]
        self._version = manifest["metadata"]["dbt_version"]
        self._variables = _of_project(self._project) | dict(variables)
        self._known: dict[str, str] = {}

    def __getitem__(self, unique_id: str) -> str:
        """Return a node's checksum; raise KeyError for an id that is no node's."""
        if unique_id not in self._known:
            text = "\n".join(self._parts(self._nodes[unique_id]))
            self._known[unique_id] = hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - dbt's own
        return self._known[unique_id]

    def _parts(self, node: Mapping[str, Any]) -> Iterator[str]:
        texts: dict[str, str] = {}
        # not by the node's list, which lacks those of increments until it is compiled
        for called in CALLED.findall(node["raw_code"]):
            self._collect(f"macro.{self._project}.{called}", texts)
        parts = [
            self._version,
            *(json.dumps(node.get(field), sort_keys=True) for field in FIELDS),
            *(texts[name] for name in sorted(texts)),
        ]
        yield from parts
        text = "\n".join(parts)
        for name in sorted(set(NAMED.findall(text)) - OF_A_RUN):
            yield f"{name}={self._variables.get(name)}"
        if "in graph.nodes" in text:
            for name in sorted(self._nodes):
                if name.startswith("model."):
                    yield name + "".join(self._nodes[name]["depends_on"]["nodes"])
        for name in sorted(node["depends_on"]["nodes"]):
            upstream = self._nodes.get(name)
            if upstream and upstream["config"]["materialized"] == "incremental":
                for column in upstream["columns"].values():
                    yield f"{column['name']} {column['data_type']}"
            elif upstream:
                yield self[name]

    def _collect(self, unique_id: str, texts: dict[str, str]) -> None:
        _, package, name = unique_id.split(".")
        macro = self._macros.get(unique_id) if package == self._project else None
        if macro and name not in texts:
            texts[name] = macro["macro_sql"]
            for used in macro["depends_on"]["macros"]:
                self._collect(used, texts)


def _of_project(name: str) -> dict[str, Any]:
    """Return the variables that dbt_project.yml sets, for all or for this project."""
    found = yaml.safe_load((PROJECT / "dbt_project.yml").read_text()).get("vars") or {}
    return found | (found.get(name) or {})
