"""Who owns an asset, what it is of and what it is, as Dagster's pages say it."""

import re
from collections import Counter

import pytest


@pytest.fixture
def assets(environment):
    """Return what Dagster knows of each asset, by its key."""
    from orchestration.definitions import defs

    graph = defs.resolve_asset_graph()
    return {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}


@pytest.fixture
def manifest(environment):
    from orchestration.models import MANIFEST

    return MANIFEST


def test_no_asset_is_without_a_domain_which_are_those_of_dbt(assets, manifest):
    domains = Counter(asset.group_name for asset in assets.values())

    assert domains.keys() == {group["name"] for group in manifest["groups"].values()}
    assert "default" not in domains
    assert len(domains) >= 7
    assert max(domains.values()) < len(assets) / 2


def test_a_model_is_in_the_group_that_dbt_says_it_is_in(assets, manifest):
    models = {
        f"{node['schema']}/{node['alias']}": node["config"]["group"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] != "ephemeral"
    }

    assert models == {name: assets[name].group_name for name in models}


@pytest.mark.parametrize(
    ("table", "domain"),
    [
        ("binance__klines", "crypto"),
        ("cryptocompare__toplist", "crypto"),
        ("plant__readings", "wind"),
        ("xe__rates", "fx"),
        ("ecb__rates", "fx"),
        ("loans__borrowers", "loans"),
        ("loans__payments", "loans"),
        ("ethereum__token_transfers", "ethereum"),
        ("ethereum__tokens", "ethereum"),
        ("plant__fetches", "quality"),
        ("loans__fetches", "quality"),
        ("_dlt_loads", "quality"),
    ],
)
def test_a_raw_table_is_in_the_domain_of_what_stages_it(table, domain, assets):
    assert assets[f"raw/{table}"].group_name == domain


def test_every_asset_has_an_owner_a_description_a_layer_and_two_kinds(assets):
    for name, asset in assets.items():
        kinds = {tag.split("/")[-1] for tag in asset.tags if "/kind/" in tag}
        layer = name.split("/")[0]

        assert [owner for owner in asset.owners if re.match("team:[a-z-]+$", owner)]
        assert len(asset.description.split("#### Raw SQL")[0]) > 20, name
        assert asset.tags["layer"] == layer
        assert kinds >= ({"dlt", "postgres"} if layer == "raw" else {"dbt", "postgres"})


def test_an_owner_with_an_address_is_told_by_it():
    from orchestration.domains import owners_of

    groups = {
        "group.a": {"name": "a", "owner": {"name": "A team"}},
        "group.b": {"name": "b", "owner": {"name": "Bea", "email": "b@example.com"}},
        "group.c": {"name": "c", "owner": {"name": "Data engineering"}},
    }

    owners = [owners_of({"groups": groups}, name) for name in ("a", "b", "c")]

    assert owners == [["team:a"], ["b@example.com"], ["team:data-engineering"]]


def test_tags_tell_the_system_and_what_is_personal_from_its_raw_table_on(assets):
    of_loans = {name for name in assets if re.search("loan|missed_payments", name)}
    personal = {name for name in assets if assets[name].tags.get("personal") == "true"}

    assert of_loans - personal == {"raw/loans__fetches"}  # names of files, no persons
    assert personal <= of_loans
    assert assets["raw/loans__loans"].tags["system"] == "loans"
    assert assets["staging/stg_xe__rates__rejected"].tags["system"] == "xe"
    assert "system" not in assets["marts/rpt_gaps"].tags


def test_a_view_is_told_from_a_table_and_a_table_has_its_columns(assets):
    schema = assets["raw/binance__klines"].metadata["dagster/column_schema"]
    view = assets["marts/fct_candles_1m"].tags
    table = assets["marts/fct_candles_1h"].tags

    assert {"dagster/kind/view"} <= view.keys()
    assert {"dagster/kind/table"} <= table.keys()
    assert [column.name for column in schema.columns][:2] == ["request", "payload"]
    assert all(column.description for column in schema.columns)


def test_checks_jobs_schedules_and_sensors_say_what_they_do(assets):
    from orchestration.definitions import defs

    repository = defs.get_repository_def()
    graph = repository.asset_graph
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    jobs = [job for job in repository.get_all_jobs() if job.name != "__ASSET_JOB"]
    named = [*checks, *jobs, *repository.schedule_defs, *repository.sensor_defs]

    assert len(named) > 40
    assert [each.name for each in named if not (each.description or "").strip()] == []


def test_dagsters_first_page_asks_for_no_address_and_nothing_is_sent(instance):
    assert instance.nux_enabled is False
    assert instance.telemetry_enabled is False
