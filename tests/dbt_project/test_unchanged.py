"""What stands lands no more, and the marts end as if each answer had landed."""

import pytest

from ingestion.ingest import ingest
from tests.ingestion.test_unchanged import House, house  # noqa: F401 - a fixture
from tests.support.stand_in import Sandbox

# a row that an answer repeats keeps the lineage that it had
LINEAGE = ("updated_at", "changed_in", "fetched_at", "load_id", "item_position")
LOADS = ("marts.fct_loads", "staging.stg_fetches")
BUILT = (
    *("+fct_coverage_1d", "+rpt_gaps", "+fct_loads", "+rpt_source_health"),
    *("stg_binance__klines__rejected", "stg_plant__readings__rejected"),
    *("stg_ecb__rates__rejected", "stg_ethereum__token_transfers__rejected"),
)
MARTS = (
    *("marts.fct_coverage_1d", "marts.rpt_gaps", *LOADS),
    *("marts.fct_candles_1d", "marts.fct_fx_rates_1d", "marts.fct_token_transfers_1d"),
    *("staging.stg_plant__readings", "intermediate.int_fetches__merged"),
)


@pytest.fixture
def rows(database):
    """Return what looks up all rows of the marts, but for lineage."""

    def rows() -> dict[str, list]:
        return {
            mart: database.query(
                "select (to_jsonb(built) - %s::text[])::text "  # noqa: S608 - ours
                f"from {mart} as built order by 1",
                list(LINEAGE[:2] if mart in LOADS else LINEAGE),
            )
            for mart in MARTS
        }

    return rows


def build(dbt, *words: str) -> None:
    dbt("run", "-s", *BUILT, *words)


def test_builds_between_answers_that_stand_end_as_a_fresh_one(house, dbt, rows):  # noqa: F811
    systems = ("binance", "plant", "ecb", "ethereum")
    for step in ("", "", "", "change", "", "change_back", ""):
        for system in systems if step else ():
            getattr(house, step)(system)
        for system in systems:
            ingest(system)
        build(dbt)
    outcomes = {outcome for system in systems for outcome, _ in house.notes(system)}
    assert "unchanged" in outcomes
    increments = rows()

    build(dbt, "--full-refresh", "--vars", "{rebuild_pruned: true}")

    fresh = rows()
    for mart in MARTS:
        assert increments[mart], mart
        assert fresh[mart] == increments[mart], mart


def test_an_answer_that_stands_leaves_no_load_to_read(house, dbt, database):  # noqa: F811
    house.settle("ecb")
    build(dbt)
    read = database.query("select count(*) from ops.loads_read")

    ingest("ecb")
    build(dbt)

    assert read[0][0] > 0
    assert database.query("select count(*) from ops.loads_read") == read


def test_a_source_whose_answer_stands_is_not_late(house, dbt, database):  # noqa: F811
    house.settle("ecb")
    age(database)
    build(dbt)
    health = (
        "select is_late, last_arrival_at > now() - interval '1 hour' "
        "from marts.rpt_source_health where table_name = 'ecb__rates'"
    )
    late = database.query(health, role="reader"), _freshness(dbt)

    ingest("ecb")

    assert late == ([(True, False)], "warn")
    assert database.query(health, role="reader") == [(False, True)]
    assert _freshness(dbt) == "pass"


def test_of_several_tables_each_knows_its_own_answer(
    house: House,  # noqa: F811
    dbt,
    database,
    sandbox: Sandbox,
):
    """A file that is not touched is not asked; one that is was said again."""
    house.settle("loans")
    age(database)
    build(dbt)
    (house.folder / "loans.csv").touch()

    ingest("loans")

    assert database.query(
        "select table_name, last_arrival_at > now() - interval '1 hour' "
        "from marts.rpt_source_health where system = 'loans' order by 1"
    ) == [
        ("loans__borrowers", False),
        ("loans__loans", True),
        ("loans__payments", False),
        ("loans__schedules", False),
    ]


@pytest.mark.parametrize(
    ("system", "table", "key"),
    [("binance", "klines", "ETHUSDT"), ("plant", "readings", "T02")],
)
def test_what_was_pruned_lands_again(
    house,  # noqa: F811
    dbt,
    database,
    environment,
    system,
    table,
    key,
):
    """The newest load of a system stays, so it is a key's that did not move."""
    house.sandbox.lists("BTCUSDT", "ETHUSDT")
    environment["SOURCES__PLANT__TURBINES"] = '["T01", "T02"]'
    environment["SOURCES__PLANT__COLUMNS"] = '["wind_speed", "power"]'
    environment[f"SOURCES__{system}__RETENTION_DAYS".upper()] = "1"
    house.settle(system)
    house.change(system)
    assert ingest(system).unchanged > 0
    age(database)
    loads = ("stg_fetches", "stg_loads", "stg_loads__tables")
    dbt("run", "-s", f"+stg_{system}__{table}__rejected", *loads)
    pages = (
        f"select count(*) from raw.{system}__{table} "  # noqa: S608 - ours
        "where request ~ %s"
    )
    assert database.query(pages, key)[0][0] > 0

    ingest(system)
    pruned = database.query(pages, key)
    ingest(system)

    assert pruned == [(0,)]
    assert database.query(pages, key)[0][0] > 0


def age(database) -> None:
    """Let all that landed and was asked be of three days ago."""
    database.query(
        "update raw._dlt_loads set inserted_at = now() - interval '3 days'",
        role="loader",
    )
    database.query(
        "update raw.ecb__fetches set fetched_at = now() - interval '3 days'",
        role="loader",
    )


def _freshness(dbt) -> str:
    results = dbt("source", "freshness", "-s", "source:raw.ecb__rates", check=False)
    (status,) = {
        str(result.status) for result in results if hasattr(result.node, "freshness")
    }
    return status
