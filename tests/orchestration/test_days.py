"""Days as partitions: from which on, and which count as landed, however they did."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import (
    get_and_update_asset_status_cache_value,
)

import warehouse
from tests.orchestration.test_history import age

READINGS = dg.AssetKey(["raw", "plant__readings"])
TRANSFERS = dg.AssetKey(["raw", "ethereum__token_transfers"])
TOKENS = dg.AssetKey(["raw", "ethereum__tokens"])
KLINES = dg.AssetKey(["raw", "binance__klines"])
KNOWN = "import orchestration.days as days; print(*days.DAYS.get_partition_keys())"


@pytest.fixture
def plant(sandbox, environment):
    """Let the turbine T01 be asked of the stand-in, whose clocks run."""
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    environment["SOURCES__PLANT__TURBINES"] = '["T01"]'
    sandbox.at(None)
    return sandbox


@pytest.fixture
def command(database, instance, plant):
    """Return what runs `python -m ingestion` in this process: 0 if all went well."""
    from ingestion.__main__ import main

    return lambda *words: main(list(words))


@pytest.fixture
def look(instance):
    """Return what lets the sensor look once, as the daemon does, and what it said."""
    from orchestration.days import landed_elsewhere

    def look() -> str:
        context = dg.build_sensor_context(instance=instance)
        return landed_elsewhere.evaluate_tick(context).skip_message

    return look


def shown(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[str]:
    """Return the days that Dagster's pages show as materialized."""
    from orchestration.days import DAYS

    found = get_and_update_asset_status_cache_value(instance, key, DAYS)
    if found is None:  # it has heard of nothing
        return []
    subset = found.deserialize_materialized_partition_subsets(DAYS)
    return sorted(subset.get_partition_keys())


def events(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[str | None]:
    """Return the days of all events of a table."""
    found = instance.fetch_materializations(key, limit=1000).records
    return sorted(record.partition_key or "" for record in found)


def partitions(**settings: str) -> subprocess.CompletedProcess:
    """Import the definitions' days with settings, in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KNOWN],
        cwd=warehouse.ROOT,
        env={**warehouse.environment(), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_days_begin_with_the_settings_first_and_end_with_today(environment):
    today = datetime.now(UTC).date()
    first = today - timedelta(days=3)

    days = partitions(SOURCES__FIRST_DAY=str(first)).stdout.split()

    assert days == [str(first + timedelta(days=day)) for day in range(4)]


def test_without_the_setting_they_begin_when_the_stand_ins_plant_does(environment):
    del environment["SOURCES__FIRST_DAY"]

    assert partitions().stdout.split()[0] == "2024-05-20"


@pytest.mark.parametrize("text", ["yesterday", "2024-02-30", "2999-01-01"])
def test_a_first_day_that_is_none_is_told_with_what_to_write(environment, text):
    said = partitions(SOURCES__FIRST_DAY=text)

    assert said.returncode != 0
    assert (
        f"SOURCES__FIRST_DAY is {text}: write a day up to today, like 2024-05-20."
        in said.stderr
    )


def test_make_run_leaves_the_first_day_open_until_something_landed(
    database, environment
):
    from orchestration import first_day

    del environment["SOURCES__FIRST_DAY"]

    first_day.settle()

    assert warehouse.environment().get("SOURCES__FIRST_DAY") is None


def test_make_run_settles_the_first_day_that_an_earlier_release_landed(
    command, environment
):
    from orchestration import first_day

    assert command("plant", "--from", "2024-05-25", "--to", "2024-05-26") == 0
    assert command("ethereum") == 0  # of tokens it asks since 2015, in one page
    del environment["SOURCES__FIRST_DAY"]

    first_day.settle()

    assert first_day.first_day() == date(2024, 5, 25)
    warehouse.remember(SOURCES__FIRST_DAY="2026-01-01")
    first_day.settle()
    assert first_day.first_day() == date(2026, 1, 1)


def test_whole_days_that_the_command_line_landed_are_materialized_and_told_once(
    command, look, instance
):
    assert command("plant", "--from", "2024-05-21T06:00", "--to", "2024-05-24") == 0
    before = shown(instance, READINGS)

    said = [look(), look()]

    assert before == []
    assert shown(instance, READINGS) == ["2024-05-22", "2024-05-23"]
    assert events(instance, READINGS) == ["2024-05-22", "2024-05-23"]
    assert [text.split()[0] for text in said] == ["2", "0"]


def test_what_lands_later_is_told_by_the_next_look(command, look, instance):
    command("plant", "--from", "2024-05-21", "--to", "2024-05-22")
    look()
    command("plant", "--from", "2024-05-21", "--to", "2024-05-22")
    command("plant", "--from", "2024-05-23", "--to", "2024-05-24")

    assert look().startswith("1 ")
    assert events(instance, READINGS) == ["2024-05-21", "2024-05-23"]


def test_a_day_that_a_turbine_failed_does_not_count_until_it_lands(
    command, look, instance, plant, environment
):
    environment["SOURCES__PLANT__TURBINES"] = '["T01", "T02"]'
    words = ("plant", "--from", "2024-05-21", "--to", "2024-05-23")
    plant.refuse("plant", match="/T02/", status=503, times=None)

    assert command(*words) == 1
    look()
    assert shown(instance, READINGS) == []
    plant.reset()
    plant.at(None)
    assert command(*words) == 0
    look()

    assert shown(instance, READINGS) == ["2024-05-21", "2024-05-22"]


def test_a_days_answer_that_is_not_whole_does_not_count_nor_does_a_trial(
    command, look, instance, plant
):
    words = ("ethereum", "--from", "2024-06-01", "--to", "2024-06-02")
    assert command(*words, "--query-limit", "7") == 0
    look()
    plant.control("ethereum", drop_rows=5)
    assert command(*words) == 1
    look()
    assert shown(instance, TRANSFERS) == []
    plant.control("ethereum", drop_rows=0)
    assert command(*words) == 0
    look()

    assert shown(instance, TRANSFERS) == ["2024-06-01"]
    assert shown(instance, TOKENS) == ["2024-06-01"]


def test_a_run_without_a_day_tells_the_days_that_it_landed(job, instance, plant):
    from orchestration.definitions import defs

    today = datetime.now(UTC).date()
    landed = [str(today - timedelta(days=days)) for days in (2, 1)]

    for name in ("turbines", "transfers"):
        done = defs.resolve_job_def(name).execute_in_process(
            instance=instance,
            asset_selection=[READINGS] if name == "turbines" else [TRANSFERS, TOKENS],
            raise_on_error=False,
        )
        assert done.success

    if datetime.now(UTC).hour:  # in its first hour nothing of a day is over
        landed.append(str(today))
    assert shown(instance, READINGS) == landed
    assert shown(instance, TRANSFERS) == [str(today - timedelta(days=1))]


def test_a_run_for_days_is_told_by_itself_alone(job, instance, look):
    from orchestration.definitions import defs

    done = defs.resolve_job_def("turbines").execute_in_process(
        instance=instance,
        asset_selection=[READINGS],
        partition_key="2024-05-21",
    )
    look()

    assert done.success
    assert events(instance, READINGS) == ["2024-05-21"]


def test_the_check_of_a_run_judges_that_run_though_another_day_lands_meanwhile(
    job, instance, plant
):
    from orchestration.days import mark
    from orchestration.definitions import defs

    def land_another(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event and event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            mark(instance, READINGS, ["2024-05-22"])

    plant.refuse("plant", match="/T01/", status=503, times=None)
    run_id = str(uuid4())
    instance.add_event_listener(run_id, land_another)
    done = defs.resolve_job_def("turbines").execute_in_process(
        instance=instance,
        asset_selection=[READINGS],
        partition_key="2024-05-21",
        run_id=run_id,
        raise_on_error=False,
    )

    assert not done.success
    assert "T01 failed" in str(done.get_asset_check_evaluations()[0].metadata)
    assert events(instance, READINGS) == ["2024-05-21", "2024-05-22"]


def test_a_table_without_days_that_only_the_command_line_fills_is_materialized(
    command, look, instance
):
    command("binance", "--from", "2024-03-04", "--to", "2024-03-05")
    said = [look()]
    command("binance", "--from", "2024-03-03", "--to", "2024-03-04")
    said.append(look())

    assert events(instance, KLINES) == [""]
    assert [text.split()[0] for text in said] == ["1", "0"]


def test_an_earlier_first_day_lets_the_next_look_tell_what_had_landed_before(
    command, look, instance, monkeypatch
):
    from orchestration import days

    command("plant", "--from", "2024-05-21", "--to", "2024-05-24")
    monkeypatch.setattr(days, "FIRST", date(2024, 5, 23))
    look()
    assert events(instance, READINGS) == ["2024-05-23"]
    monkeypatch.setattr(days, "FIRST", date(2024, 5, 20))
    look()

    assert events(instance, READINGS) == ["2024-05-21", "2024-05-22", "2024-05-23"]


def test_many_days_are_told_a_part_a_look_the_newest_first(
    command, look, instance, monkeypatch
):
    from orchestration import days

    monkeypatch.setattr(days, "MOST", 2)
    command("plant", "--from", "2024-05-21", "--to", "2024-05-26")

    said, told = [], []
    for _ in range(4):
        said.append(int(look().split()[0]))
        told.append(events(instance, READINGS)[:1])

    assert said == [2, 2, 1, 0]
    assert told == [["2024-05-24"], ["2024-05-22"], ["2024-05-21"], ["2024-05-21"]]


def test_a_look_reads_what_came_since_the_last_and_no_more(
    command, look, database, instance
):
    command("plant", "--from", "2024-05-21", "--to", "2024-05-24")
    look()
    database.query("update raw.plant__readings set request = '{'", role="loader")
    command("plant", "--from", "2024-05-24", "--to", "2024-05-25")

    assert look().startswith("1 ")
    assert shown(instance, READINGS)[-1] == "2024-05-24"


def test_the_sensor_says_that_there_is_no_database(environment, look):
    assert "No connection as loader" in look()


def test_of_a_run_that_history_forgets_the_day_stays_materialized(
    job, instance, tmp_path
):
    from orchestration.definitions import defs
    from orchestration.history import delete_old_runs

    for days, day in ((40, "2024-05-21"), (0, "2024-05-22")):
        done = defs.resolve_job_def("turbines").execute_in_process(
            instance=instance, asset_selection=[READINGS], partition_key=day
        )
        age(instance, done.run_id, days)

    assert delete_old_runs(instance, tmp_path) == 1
    assert len(instance.get_runs()) == 1
    assert shown(instance, READINGS) == ["2024-05-21", "2024-05-22"]
    assert delete_old_runs(instance, tmp_path) == 0


def test_a_home_that_an_earlier_release_filled_keeps_its_runs_and_days(
    command, look, instance
):
    days = dg.DailyPartitionsDefinition(start_date="2015-07-30", end_offset=1)

    @dg.asset(key=READINGS, partitions_def=days)
    def earlier() -> None:
        """Land nothing."""

    done = [
        dg.materialize([earlier], instance=instance, partition_key=day)
        for day in ("2016-02-29", "2024-05-23")
    ]
    cached = get_and_update_asset_status_cache_value(instance, READINGS, days)
    command("plant", "--from", "2024-05-21", "--to", "2024-05-22")
    look()

    assert cached.deserialize_materialized_partition_subsets(days)
    assert shown(instance, READINGS) == ["2024-05-21", "2024-05-23"]
    assert events(instance, READINGS) == ["2016-02-29", "2024-05-21", "2024-05-23"]
    assert {run.run_id for run in instance.get_runs()} == {each.run_id for each in done}


def test_what_was_told_last_stands_in_dagsters_own_home(command, look, instance):
    command("plant", "--from", "2024-05-21", "--to", "2024-05-22")
    look()

    name = "tickhouse/landed/plant"
    stored = instance.daemon_cursor_storage.get_cursor_values({name})

    assert json.loads(stored[name])["first"] == "2024-05-20"
