"""Kills, two exports at once, and a warehouse that went back: equal, or a sentence."""

import random
import signal
import time

import pytest

from tests.warehouse.export.conftest import LEDGER, Marts

pytestmark = pytest.mark.export

READINGS = """
create table marts.fct_readings (
    turbine_id text not null, read_at timestamptz not null, power numeric,
    changed_in bigint not null, primary key (turbine_id, read_at)
);
insert into marts.fct_readings
select 'T' || number, read_at, number + 0.25, {version}
from generate_series(1, 20) as numbers (number)
cross join generate_series(
    timestamptz '2023-01-01 00:00+00', '2026-01-01 00:00+00', interval '12 hours'
) as moments (read_at)
"""
CHANGED = """
update marts.fct_readings set power = power + 1, changed_in = {version}
where date_part('month', read_at) = 5
"""
MART = "fct_readings"


def test_an_export_that_is_killed_at_any_moment_leaves_all_or_nothing(marts):
    marts.build(MART, READINGS)
    begun = time.monotonic()
    marts.export()
    span = time.monotonic() - begun
    chosen = random.Random()  # noqa: S311 - no secret
    moments = [chosen.uniform(0.3, 1.05) * span for _ in range(16)]
    before, ends = marts.exported(MART), []

    for moment in moments:
        marts.build(MART, CHANGED)
        after = marts.rows(MART)
        process = marts.begin()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = marts.exported(MART)
        assert found in (before, after), moment
        ends.append(found == after)
        before = found

    marts.export()
    assert marts.exported(MART) == marts.rows(MART)
    assert not all(ends)


def test_of_two_exports_at_once_one_writes_and_the_other_finds_nothing_to_do(marts):
    marts.build(MART, READINGS)
    marts.export()
    marts.build(MART, CHANGED)

    both = [marts.begin() for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(MART in out for out, _ in said) == [False, True]
    assert len(marts.table(MART).snapshots()) == 2
    assert marts.exported(MART) == marts.rows(MART)


def test_who_waits_for_another_export_says_so(marts):
    import psycopg2

    marts.build(MART, READINGS)
    held = psycopg2.connect(marts.environment["EXPORTER_URL"])
    held.cursor().execute("lock table iceberg.exporting in exclusive mode")
    process = marts.begin()
    line = process.stderr.readline()
    held.close()

    assert line == "Waiting for another export, which is at work\n"
    assert process.wait(300) == 0
    process.communicate()


def test_after_a_restore_of_an_older_backup_all_is_equal_again(own, tmp_path):
    own.run("start")
    marts = marts_of(own)
    backup = str(own.folder / "older.backup")
    marts.query(LEDGER, "transformer")
    marts.build(MART, READINGS)
    marts.export()
    own.run("backup", backup)
    for _ in range(3):
        marts.build(MART, CHANGED)
    marts.export()

    own.run("restore", backup, "--yes")
    for number in range(5):  # beyond the version that was exported
        marts.build(
            MART,
            f"update marts.fct_readings set power = {number}, "  # noqa: S608 - ours
            "changed_in = {version} "
            f"where turbine_id = 'T{number + 1}' and read_at < '2023-02-01 00:00+00'",
        )
    said = marts.export()

    assert f"{MART}: whole" in said
    assert marts.exported(MART) == marts.rows(MART)


def marts_of(own):
    urls = {
        f"{role.upper()}_URL": own.run("url", "--role", role)[0].strip()
        for role in ("loader", "reader", "exporter")
    }
    url = own.run("url")[0].strip()
    login, place = url.removeprefix("postgresql://").split("@")
    user, password = login.split(":")
    host, port = place.split("/")[0].split(":")
    variables = {
        **urls,
        **{"WAREHOUSE_DIR": str(own.folder), "WAREHOUSE": "embedded"},
        **{"PGHOST": host, "PGPORT": port, "PGDATABASE": "tickhouse"},
        **{"PGUSER": user, "PGPASSWORD": password},
    }
    return Marts(variables, own.folder)


@pytest.fixture
def twice(marts):
    marts.build(MART, READINGS)
    marts.export()
    marts.build(MART, CHANGED)
    marts.export()
    return marts


BACK = """
update iceberg.iceberg_tables set metadata_location = previous_metadata_location
where table_name = 'fct_readings'
"""
ANEW = "python -m warehouse export --anew --mart fct_readings"


def test_a_catalog_that_went_back_is_named_with_the_command_that_mends_it(twice):
    twice.query(BACK)
    twice.build(MART, CHANGED)

    assert ANEW in twice.export(status=1)

    twice.export("--anew", "--mart", MART)
    assert twice.exported(MART) == twice.rows(MART)
    assert twice.export() == ""


def test_a_catalog_whose_files_were_swept_is_too(twice):
    twice.query(BACK)
    [location] = twice.query("select metadata_location from iceberg.iceberg_tables")
    twice.folder.joinpath(location[0]).unlink()

    assert ANEW in twice.export(status=1)


def test_a_folder_of_another_warehouse_is_not_written_into(twice):
    twice.query("delete from iceberg.iceberg_tables")

    assert ANEW in twice.export(status=1)


def test_a_kill_between_the_commit_and_the_hint_is_mended_by_the_next_export(twice):
    hint = twice.iceberg / MART / "metadata" / "version-hint.text"
    wanted = hint.read_text()
    hint.write_text(
        twice.query("select previous_metadata_location from iceberg.iceberg_tables")[0][
            0
        ]
        .rpartition("/")[2]
        .removesuffix(".metadata.json")
    )

    twice.export()

    assert hint.read_text() == wanted


def test_a_mart_is_not_exported_to_two_places_by_accident(twice):
    said = twice.export("--to", str(twice.folder / "other"), status=1)

    assert str(twice.iceberg / MART) in said
    twice.export("--to", str(twice.folder / "other"), "--anew")
    assert twice.exported(MART) == twice.rows(MART)
