"""dbt knows how fresh each source is, from the first day on."""

from dbt.artifacts.schemas.freshness import FreshnessStatus

WATCHED = {
    *("binance__klines", "plant__readings", "xe__rates", "ecb__rates"),
    *("coinmarketcap__listings", "cryptocompare__toplist"),
    *("ethereum__token_transfers", "ethereum__tokens"),
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
