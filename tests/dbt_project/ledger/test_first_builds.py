"""Two first builds at once make each table, view and function once, and end well."""

import shutil

from tests.support.dbt import run_dbt
from tests.support.processes import Worker
from warehouse import ROOT

BUILT = (
    "+rpt_coin_moves",
    "+rpt_top_coins",
    "top_coins",
    "+rpt_usd_rates_1d",
    "fx_rate",
)
MADE = """
select relname from pg_class
where relnamespace::regnamespace::text in ('staging', 'intermediate', 'marts', 'ops')
    and relname ~ '__dbt_'
"""


def build(target, words):
    """Build; return what is not well, by name."""
    told = run_dbt(ROOT / "dbt_project", target, "build", *words)
    return {name: said for name, said in told.items() if said != "success"}


def test_of_two_first_builds_at_once_each_goes_well(
    raw, database, dbt_target, dbt, tmp_path
):
    dbt("ls", "-s", "stg_markets")  # parses once for both
    words = ("--exclude-resource-type", "unit_test", "test", "-s", *BUILT)
    builds = []
    for number in range(2):
        target = tmp_path / f"target-{number}"
        if (dbt_target / "vars-0").exists():
            shutil.copytree(dbt_target / "vars-0", target)
        builds.append(Worker(build, target, words))

    assert [each.result() for each in builds] == [{}, {}]

    assert database.query("select count(*) from staging.stg_currencies")[0][0] > 100
    assert database.query(MADE) == []
    assert database.query("select max(version) from ops.versions") == [(1,)]
