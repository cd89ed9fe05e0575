"""What Dagster knows, held against dbt's manifest and the switches."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

import warehouse
from warehouse.manifest import PARSED, manifest


@pytest.fixture
def known(environment):
    return manifest()


@pytest.fixture
def own(environment, tmp_path):
    """Return a place of its own for what is parsed."""
    return tmp_path / "target"


@pytest.fixture
def graph(environment):
    from orchestration.definitions import defs

    return defs.resolve_asset_graph()


def names(keys):
    return {key.to_user_string() for key in keys}


def test_the_project_is_parsed_anew_for_another_server_while_others_read_the_old(
    environment, own
):
    times = []
    environment["PGDATABASE"], environment["PGUSER"] = "test", "transformer"
    with ThreadPoolExecutor(1) as pool:
        for port in ("1", "1", "2"):
            environment["PGPORT"] = port
            parsing = pool.submit(manifest, own)
            while times and not parsing.done():
                assert (own / "manifest.json").read_bytes().endswith(b"}")
                time.sleep(0.005)
            assert parsing.result()["nodes"]
            times.append((own / "manifest.json").stat().st_mtime_ns)

    assert times[0] == times[1] < times[2]


def test_half_a_manifest_that_a_dbt_by_hand_is_writing_is_parsed_anew(own):
    whole = manifest(own)
    half = (own / "manifest.json").read_bytes()[:-1000]
    (own / "manifest.json").write_bytes(half)

    assert manifest(own)["nodes"].keys() == whole["nodes"].keys()


def test_a_manifest_of_a_developers_own_schemas_is_parsed_anew(own):
    whole = manifest(own)
    written = (own / "manifest.json").read_text()
    (own / "manifest.json").write_text(
        written.replace('"schema": "marts"', '"schema": "alice_marts"')
    )

    schemas = {node["schema"] for node in manifest(own)["nodes"].values()}

    assert schemas == {node["schema"] for node in whole["nodes"].values()}


def test_what_the_docs_left_is_parsed_anew_once_and_the_docs_stay(own):
    docs = json.dumps({**manifest(own), "unit_tests": {}})
    (own / "manifest.json").write_text(docs)
    parsed = own / PARSED
    times = [parsed.stat().st_mtime_ns]
    for _ in range(2):
        assert manifest(own)["nodes"]
        times.append(parsed.stat().st_mtime_ns)

    assert times[0] < times[1] == times[2]
    assert (own / "manifest.json").read_text() == docs


def test_every_raw_table_that_dbt_reads_is_an_asset(graph, known):
    read = {
        f"{source['source_name']}/{source['name']}"
        for source in known["sources"].values()
    }

    assert read
    assert read <= names(graph.get_all_asset_keys())


def test_the_key_of_an_asset_is_the_address_of_its_table(graph, known):
    tables = {
        f"{node['schema']}/{node['alias']}"
        for node in known["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] != "ephemeral"
    }
    raw = {name for name in names(graph.get_all_asset_keys()) if name[:4] == "raw/"}

    assert names(graph.get_all_asset_keys()) == tables | raw


def test_lineage_leads_from_raw_over_staging_to_the_marts(graph):
    def upstream(key):
        parents = names(graph.get(dg_key(key)).parent_keys)
        return parents.union(*map(upstream, parents))

    def dg_key(name):
        return next(
            key for key in graph.get_all_asset_keys() if key.to_user_string() == name
        )

    assert upstream("marts/fct_candles_1w") >= {
        "raw/binance__klines",
        "staging/stg_binance__klines",
        "marts/fct_candles_1d",
    }


@pytest.mark.parametrize(
    ("job", "others"),
    [
        ("candles", "turbine|loan"),
        ("turbines", "candle|rate|loan|coin|token"),
        ("rates", "turbine|loan|transfer"),
        ("arrears", "candle|turbine|rate|coin|token"),
        ("transfers", "turbine|loan|fx"),
        ("ranks", "candle|turbine|rate|loan|token"),
    ],
)
def test_a_systems_job_builds_no_marts_of_what_does_not_touch_it(job, others, graph):
    from orchestration.definitions import defs

    keys = defs.resolve_job_def(job).asset_layer.executable_asset_keys
    marts = {name for name in names(keys) if name.startswith("marts/")}

    assert marts
    assert not [name for name in marts if re.search(others, name)]


def test_no_tool_calls_home():
    def settings(path):
        return yaml.safe_load((warehouse.ROOT / path).read_text())

    assert settings("orchestration/dagster.yaml")["telemetry"] == {"enabled": False}
    assert (
        settings("dbt_project/dbt_project.yml")["flags"]["send_anonymous_usage_stats"]
        is False
    )
    assert warehouse.SWITCHES.items() >= {
        ("DO_NOT_TRACK", "1"),
        ("DBT_SEND_ANONYMOUS_USAGE_STATS", "false"),
        ("RUNTIME__DLTHUB_TELEMETRY", "false"),
        ("DAGSTER_DG_UPDATE_CHECK_ENABLED", "0"),
    }
