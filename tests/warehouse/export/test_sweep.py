"""Old files go, a day after nobody needs them, and commits don't get slower."""

import os
import time
from datetime import timedelta

import pytest

from tests.warehouse.export.test_interruptions import CHANGED, MART, READINGS

pytestmark = pytest.mark.export


@pytest.fixture
def inside(marts, monkeypatch):
    """Return what exports in this process."""
    from warehouse.export import exports

    for name, value in marts.environment.items():
        monkeypatch.setenv(name, value)

    def export() -> list[str]:
        said = []
        assert exports.export([], None, False, said.append) == []
        return said

    marts.build(MART, READINGS)
    export()
    return export


def files(marts):
    return {path for path in (marts.iceberg / MART).rglob("*") if path.is_file()}


def test_files_of_killed_exports_and_of_old_snapshots_go_after_a_day(
    marts, inside, monkeypatch
):
    from warehouse.export import sweep, tables

    stray = marts.iceberg / MART / "data" / "of-a-killed-export.parquet"
    stray.write_text("half")
    fresh = stray.with_name("of-now.parquet")
    fresh.write_text("half")
    for _ in range(4):
        marts.build(MART, CHANGED)
        inside()
    before = files(marts)
    assert stray in before
    for path in before - {fresh}:
        os.utime(path, (time.time() - 7200,) * 2)
    monkeypatch.setattr(tables, "KEPT", timedelta(seconds=0.001))
    monkeypatch.setattr(sweep, "KEPT", timedelta(hours=1))

    marts.build(MART, CHANGED)
    inside()

    after = files(marts)
    assert stray not in after
    assert fresh in after
    assert len(marts.table(MART).snapshots()) <= 2
    assert len(after) < len(before)
    assert marts.exported(MART) == marts.rows(MART)


def test_a_snapshot_has_three_manifests_however_many_came_before(marts, inside):
    for _ in range(12):
        marts.build(MART, CHANGED)
        inside()

    table = marts.table(MART)
    assert len(table.current_snapshot().manifests(table.io)) <= 3
    assert marts.exported(MART) == marts.rows(MART)
