"""A disk that is full is told first, whoever met it."""

from pathlib import Path

import psycopg2
import pytest

from ingestion.__main__ import main
from warehouse.errors import DISK_FULL, is_disk_full

RAISE = "do $$ begin raise exception '{}' using errcode = '{}'; end $$"


def met() -> Exception:
    """Return the error of a disk that is full, behind another."""
    try:
        try:
            Path("/dev/full").write_text("x")
        except OSError as error:
            raise RuntimeError("dlt could not go on") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("code", "text", "is_full"),
    [
        ("53100", "out of room", True),
        ("58030", "could not extend file: No space left on device", True),
        ("22003", "numeric field overflow", False),
    ],
)
def test_the_databases_disk_is_told_from_other_errors(database, code, text, is_full):
    with pytest.raises(psycopg2.Error) as caught:
        database.query(RAISE.format(text, code))
    assert is_disk_full(caught.value) == is_full


def test_our_own_disk_is_told_behind_another_error():
    assert is_disk_full(met())
    assert not is_disk_full(RuntimeError("dlt could not go on"))


def test_an_ingestion_that_ends_for_it_says_so_first(sandbox, database, capsys):
    """And nothing is lost: the next run lands what this one left behind."""
    assert main(["ecb"]) == 0
    database.query(
        "create function raw.full_disk() returns trigger language plpgsql as $$ begin "
        "raise exception 'No space left on device' using errcode = '53100'; end $$;"
        "create trigger full_disk before insert on raw._dlt_loads "
        "execute function raw.full_disk()",
        role="admin",
    )
    sandbox.at("2024-03-06T18:00:00Z")
    capsys.readouterr()

    assert main(["ecb"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == DISK_FULL
    database.query("drop trigger full_disk on raw._dlt_loads", role="admin")
    assert main(["ecb"]) == 0
