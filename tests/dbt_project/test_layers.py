"""The project's own rules, read from dbt's manifest."""

import re
from pathlib import PurePosixPath

import pytest

MAY_READ = {
    "staging": {"raw", "staging"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate", "marts"},
}
DESCRIBED = (
    *("nodes", "sources", "macros", "functions"),
    *("exposures", "groups", "unit_tests"),
)
GRAIN = re.compile(r"\bone row (per|a)\b")


@pytest.fixture(scope="module")
def known():
    """Return what is parsed once for all."""
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


@pytest.fixture
def relations(models):
    return [model for model in models if model["config"]["materialized"] != "ephemeral"]


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


def test_a_model_lies_in_the_schema_of_its_layer(relations):
    assert [
        model["name"] for model in relations if model["schema"] != model["fqn"][1]
    ] == []


def test_every_table_and_view_has_a_yaml_of_its_stem_that_states_its_grain(relations):
    for model in relations:
        path = PurePosixPath(model["patch_path"].removeprefix("tickhouse://"))
        file = PurePosixPath(model["original_file_path"])
        assert (path.parent, path.suffix) == (file.parent, ".yml"), model["name"]
        names = (path.stem, f"fct{path.stem}_")  # grains share theirs
        assert file.stem.startswith(names), model["name"]
        assert GRAIN.search(re.split(r"[.](\s|$)", model["description"])[0]), model[
            "name"
        ]


def test_every_column_says_more_than_its_name(manifest, relations):
    described = [*relations, *manifest["sources"].values()]

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


def test_marts_are_public_and_what_one_group_alone_reads_is_private(models):
    groups = {model["unique_id"]: model["config"]["group"] for model in models}
    readers = {
        model["unique_id"]: {
            groups[other["unique_id"]]
            for other in models
            if model["unique_id"] in other["depends_on"]["nodes"]
        }
        for model in models
    }

    for model in models:
        is_inner = readers[model["unique_id"]] <= {groups[model["unique_id"]]}
        other = "private" if is_inner else "protected"
        is_part = model["config"]["materialized"] == "ephemeral"
        wanted = "public" if model["fqn"][1] == "marts" and not is_part else other
        assert model["access"] == wanted, model["name"]


def test_a_mart_is_of_the_group_of_its_folder_and_each_group_has_an_owner(
    manifest, models
):
    owners = {
        group["name"]: group["owner"]["name"] for group in manifest["groups"].values()
    }
    marts = [model for model in models if model["fqn"][1] == "marts"]

    assert {model["config"]["group"] for model in models} == owners.keys()
    assert [
        mart["name"] for mart in marts if mart["config"]["group"] != mart["fqn"][2]
    ] == []
    assert all(owners.values())


def test_the_exposure_of_the_reader_is_of_all_marts_but_those_that_are_personal(
    manifest, models
):
    (reader,) = [
        exposure
        for exposure in manifest["exposures"].values()
        if exposure["name"] == "reader"
    ]

    assert set(reader["depends_on"]["nodes"]) == {
        model["unique_id"]
        for model in models
        if model["access"] == "public"
        and not model["config"]["meta"].get("is_personal")
    }


def test_no_description_has_a_line_end(manifest):
    described = [
        node
        for kind in DESCRIBED
        for node in manifest[kind].values()
        if node["package_name"] == "tickhouse"
    ]

    broken = [
        (node["name"], text)
        for node in described
        for text in _texts(node)
        if "\n" in text
    ]

    assert len(described) > 200
    assert broken == []


def test_the_overview_leads_to_models_of_every_group(manifest):
    (overview,) = [
        block["block_contents"]
        for block in manifest["docs"].values()
        if (block["package_name"], block["name"]) == ("tickhouse", "__overview__")
    ]
    links = re.findall(r"\[(\w+)\]\(#!/(\w+)/([\w.]+)\)", overview)
    nodes = {**manifest["nodes"], **manifest["functions"]}

    assert {
        nodes[unique_id]["config"].get("group") for _, kind, unique_id in links
    } >= {group["name"] for group in manifest["groups"].values()}
    for name, kind, unique_id in links:
        assert (nodes[unique_id]["name"], nodes[unique_id]["resource_type"]) == (
            name,
            kind,
        )


def test_no_model_is_over_150_lines(models):
    lengths = {model["name"]: len(model["raw_code"].splitlines()) for model in models}

    assert {name: length for name, length in lengths.items() if length > 150} == {}


def _texts(described):
    """Return all descriptions of a part of the manifest, whatever they are of."""
    if isinstance(described, list):
        return [text for each in described for text in _texts(each)]
    if not isinstance(described, dict):
        return []
    inner = [text for each in described.values() for text in _texts(each)]
    told = [described.get("description"), described.get("source_description")]
    return [*inner, *(text for text in told if isinstance(text, str))]
