"""After dlt dropped a system's tables nothing is lost untold, and the rest goes on."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest, may_have_gaps
from ingestion.sources import SYSTEMS
from ingestion.window import Window
from warehouse import ROOT
from warehouse.doctor import examine
from warehouse.doctor.loads import ONLY_NOW

DAYS = Window.between("2024-05-19", "2024-05-23")
BUILT = ("stg_fetches", "stg_loads", "stg_loads__tables", "+rpt_gaps")
READINGS = "select turbine_id, signal, read_at, value from staging.stg_plant__readings"
GAPS = "select system, series_key, gap_from, gap_to, is_source_gap from marts.rpt_gaps"
NOTES = "select * from staging.stg_fetches where system = 'plant' order by 1, 3, 4, 6"


@pytest.fixture
def dropped(sandbox, database, environment, dbt):
    """Build a plant with days of no readings; let dlt drop all that it has in raw."""
    environment.pop("DAGSTER_HOME")  # the tests' own, and not the warehouse's
    sandbox.at("2024-05-29T12:00:30Z")
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    sandbox.refuse("plant", skip=2, times=1, body=[])
    ingest("plant", DAYS)
    dbt("run", "-s", *BUILT)
    assert findings() == []
    before = [database.query(f"{query} order by 1, 2, 3") for query in (READINGS, GAPS)]
    dlt = str(Path(sys.executable).with_name("dlt"))
    subprocess.run(  # noqa: S603 - dlt's own command
        [dlt, "--yes", "pipeline", "plant", "drop", "--drop-all"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return before


def findings():
    """Return what the doctor finds but that autovacuum has not been there.

    And that a dbt in this process took the folder of Dagster from the checkout's .env,
    and that the stand-ins' clock is of another year than ours.
    """
    os.environ.pop("DAGSTER_HOME", None)
    found = examine(lambda _: None)
    told = ("dead rows", "clock")
    return [each for each in found if not any(word in each.what for word in told)]


def said(results):
    return [result.message for result in results if result.status == "error"]


def test_a_build_says_which_command_makes_what_was_dropped(dropped, dbt):
    refused = dbt("run", "-s", "stg_fetches", check=False)

    (sentence,) = said(refused)
    assert "There is no table raw.plant__fetches." in sentence
    assert "python -m ingestion plant" in sentence


def test_the_doctor_tells_of_loads_whose_notes_are_gone_until_they_were_asked_again(
    dropped, database, dbt
):
    found = findings()
    assert [finding.what.split()[0] for finding in found] == [
        "raw.plant__fetches",
        "raw.plant__readings",
    ]
    assert {finding.remedy for finding in found} == {
        "python -m ingestion plant --from 2024-05-19"
    }
    ingest("xe", DAYS)
    assert len(findings()) == 2, "another's run mends nothing"

    *_, remedy = found[0].remedy.partition("ingestion ")
    assert main([*shlex.split(remedy), "--to", "2024-05-23"]) == 0

    dbt("run", "-s", *BUILT)
    assert findings() == []


def test_a_full_refresh_loses_nothing_that_is_only_in_the_tables(
    dropped, database, dbt
):
    ingest("plant", Window.between("2024-05-22", "2024-05-23"))
    notes = database.query(NOTES)
    assert [row[-1] for row in dropped[1]] == [True], "a day that the plant lacks"

    refreshed = dbt("run", "--full-refresh", "-s", "stg_fetches", "rpt_gaps")
    refused = dbt("run", "--full-refresh", "-s", "stg_plant__readings", check=False)

    assert said(refreshed) == []
    (sentence,) = said(refused)
    assert "raw.plant__readings has lost what 1 loads" in sentence
    assert "--exclude stg_plant__readings" in sentence
    dbt("run", "-s", *BUILT)
    assert [
        database.query(f"{query} order by 1, 2, 3") for query in (READINGS, GAPS)
    ] == dropped
    assert notes == [row for row in database.query(NOTES) if row in notes]


def test_an_upgrade_alters_the_tables_that_hold_what_raw_has_lost(
    dropped, database, dbt
):
    ingest("plant", Window.between("2024-05-22", "2024-05-23"))
    earlier = "alter table staging.stg_plant__readings drop sampling_seconds"
    database.query(earlier)

    dbt("run-operation", "upgrade_tables")

    assert said(dbt("run", "-s", *BUILT)) == []
    assert [
        database.query(f"{query} order by 1, 2, 3") for query in (READINGS, GAPS)
    ] == dropped


def test_emptied_tables_count_as_lost_too(sandbox, database, environment, dbt):
    environment.pop("DAGSTER_HOME")
    ingest("coinmarketcap")
    dbt("run", "-s", "stg_fetches", "stg_loads__tables")
    database.query("truncate raw.coinmarketcap__fetches", role="loader")

    [(what, remedy)] = findings()

    assert what.startswith("raw.coinmarketcap__fetches has lost what 1 loads put there")
    assert remedy == "python -m ingestion coinmarketcap"
    main(["coinmarketcap"])
    assert findings() == []


def test_what_has_no_past_is_known():
    assert set(ONLY_NOW) == {system for system in SYSTEMS if not may_have_gaps(system)}
