"""First runs of several systems at once, where nothing is made yet."""

import pytest

SYSTEMS = ("coinmarketcap", "cryptocompare", "ecb", "xe", "binance")


@pytest.mark.parametrize("attempt", range(3))
def test_the_first_runs_of_several_systems_at_once_all_go_well(
    sandbox, database, begin, attempt
):
    runs = {system: begin(system) for system in SYSTEMS}

    ends = {system: run.end() for system, run in runs.items()}

    assert {code for code, _ in ends.values()} == {0}, ends
    landed = database.query(
        "select schema_name, count(*) from raw._dlt_loads where status = 0 group by 1"
    )
    assert dict(landed) == dict.fromkeys(SYSTEMS, 1)


def test_what_dlt_makes_waits_for_another_that_makes_it(sandbox, database, begin):
    import psycopg2

    from warehouse.turns import DEFINING

    with psycopg2.connect(database.urls["loader"]) as other, other.cursor() as cursor:
        cursor.execute(f"select pg_advisory_lock({DEFINING})")
        run = begin("ecb")
        cursor.execute("select pg_sleep(8), to_regclass('raw._dlt_loads')")
        assert cursor.fetchone()[1] is None
        cursor.execute(f"select pg_advisory_unlock({DEFINING})")

    code, said = run.end()

    assert code == 0, said
