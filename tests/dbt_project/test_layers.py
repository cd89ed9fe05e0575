"""The project's own rules, read from dbt's manifest."""

import re
from pathlib import PurePosixPath

import pytest

MAY_READ = {
    "staging": {"raw", "staging"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate", "marts"},
}
GRAIN = re.compile(r"\bone row (per|a)\b")


@pytest.fixture(scope="module")
def known():
    """Give what is parsed once for all."""
    return {}


@pytest.fixture
def manifest(dbt, known):
    if not known:
        known.update(dbt("parse").writable_manifest().to_dict(omit_none=False))
    return known


@pytest.fixture
def models(manifest):
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["package_name"] == "tickhouse"
    ]


def test_no_model_reads_a_later_layer(manifest, models):
    layers = {model["unique_id"]: model["fqn"][1] for model in models} | {
        unique_id: source["schema"] for unique_id, source in manifest["sources"].items()
    }

    wrong = [
        (model["name"], upstream)
        for model in models
        for upstream in model["depends_on"]["nodes"]
        if layers[upstream] not in MAY_READ[model["fqn"][1]]
    ]

    assert len(models) >= 10
    assert wrong == []


def test_a_model_lies_in_the_schema_of_its_layer(models):
    assert [
        model["name"]
        for model in models
        if model["config"]["materialized"] != "ephemeral"
        and model["schema"] != model["fqn"][1]
    ] == []


def test_every_model_has_a_yaml_of_its_own_that_states_its_grain(models):
    for model in models:
        path = PurePosixPath(model["original_file_path"]).with_suffix(".yml")
        assert model["patch_path"] == f"tickhouse://{path}", model["name"]
        assert GRAIN.search(re.split(r"[.](\s|$)", model["description"])[0]), model[
            "name"
        ]


def test_every_column_says_more_than_its_name(manifest, models):
    described = [*models, *manifest["sources"].values()]

    bare = [
        (node["name"], column["name"])
        for node in described
        for column in node["columns"].values()
        if _words(column["description"]) <= _words(column["name"].replace("_", " "))
    ]

    assert all(node["columns"] for node in described)
    assert bare == []


def test_every_incremental_model_is_held_by_contract_key_and_ledger(models):
    kept = [
        model for model in models if model["config"]["materialized"] == "incremental"
    ]

    for model in kept:
        config = model["config"]
        keys = [
            constraint["columns"]
            for constraint in model["constraints"]
            if constraint["type"] == "primary_key"
        ]
        assert keys == [config["unique_key"]], model["name"]
        assert config["contract"]["enforced"], model["name"]
        assert config["incremental_strategy"] == "converge", model["name"]
        assert config["on_schema_change"] == "fail", model["name"]
        for hooks, macro in (("pre-hook", "open_build"), ("post-hook", "close_build")):
            assert [hook["sql"] for hook in config[hooks]] == [f"{{{{ {macro}() }}}}"]
    assert len(kept) >= 9


def test_only_staging_reads_raw(manifest, models):
    readers = {
        model["fqn"][1]
        for model in models
        if any(name in manifest["sources"] for name in model["depends_on"]["nodes"])
    }

    assert readers == {"staging"}


def _words(text):
    return set(re.findall(r"[a-z]+", text.lower())) - {"the", "a", "an", "of"}
