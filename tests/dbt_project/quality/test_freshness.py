"""dbt knows how fresh each source is, from the first day on."""

from dbt.artifacts.schemas.freshness import FreshnessStatus

from ingestion.ingest import tables_of
from ingestion.sources import KINDS, SYSTEMS
from tests.support.trap import SPRUNG, TRAP

VIEW = """
alter table raw.xe__fetches rename to notes_kept;
create view raw.xe__fetches as
select * from raw.notes_kept where raw.spring(_dlt_load_id);
grant select on raw.xe__fetches to transformer
"""
WATCHED = {
    table
    for system in SYSTEMS
    for table in tables_of(system)
    if system not in KINDS["arrears"]
}


def statuses(dbt):
    """Return the verdict on each source that is watched."""
    results = dbt("source", "freshness", check=False)
    return {
        result.node.name: result.status
        for result in results
        if result.node.resource_type == "source"
    }


def test_where_nothing_was_ever_loaded_every_source_is_late_and_none_an_error(
    database, dbt
):
    assert statuses(dbt) == dict.fromkeys(WATCHED, FreshnessStatus.Warn)


def test_a_source_is_fresh_by_its_systems_newest_completed_load(raw, dbt):
    raw.land(status=None)
    raw.land(table="plant__readings")
    raw.land(table="xe__rates")
    with raw.loader() as loader:
        loader.execute(
            "update raw._dlt_loads set inserted_at = now() - interval '25 hours'"
        )

    found = statuses(dbt)

    assert {name for name in found if found[name] == FreshnessStatus.Pass} == {
        "xe__rates"
    }
    assert found["binance__klines"] == found["plant__readings"] == FreshnessStatus.Warn


def test_nothing_of_the_loaders_runs_where_freshness_is_asked_or_a_view_made(
    raw, database, dbt
):
    raw.land(table="xe__rates")
    dbt("build", "-s", "+rpt_source_health", "--exclude", "resource_type:test")
    database.query("grant usage on language plpgsql to loader", role="admin")
    database.query(TRAP + VIEW, role="loader")

    asked = statuses(dbt)
    made = dbt("run", "-s", "rpt_source_health", "--full-refresh", check=False)

    assert asked["xe__rates"] == FreshnessStatus.RuntimeErr
    assert "python -m warehouse doctor" in " ".join(each.message for each in made)
    assert database.query(SPRUNG, role="loader") == [(False,)]
