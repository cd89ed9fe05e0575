"""dbt's own unit tests, where nothing is built and where something is."""


def test_dbts_unit_tests_pass_on_an_empty_database_and_on_a_built_one(
    sandbox, database, dbt
):
    from ingestion.ingest import ingest

    on_nothing = dbt("test", "--select", "test_type:unit")
    ingest("binance")
    dbt("run", "--select", "tickhouse")
    on_models = dbt("test", "--select", "test_type:unit")

    for results in (on_nothing, on_models):
        verdicts = [
            result.status
            for result in results
            if result.node.resource_type == "unit_test"
        ]
        assert len(verdicts) > 20
        assert set(verdicts) == {"pass"}
