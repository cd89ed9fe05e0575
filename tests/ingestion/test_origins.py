"""Each system's hosts are noted; doctor warns where made-up data lie beside real."""

import subprocess
import sys
from functools import partial

import pytest

from ingestion.ingest import ingest
from ingestion.origins import origin_of
from ingestion.window import Window
from warehouse import ROOT
from warehouse.doctor import origins

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
NOTED = "select system, origin from raw.origins order by 1, 2"


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (
            {"base_url": "https://data-api.binance.vision/x?y"},
            "data-api.binance.vision",
        ),
        ({"base_url": "http://me:secret@127.0.0.1:4711/xe"}, "127.0.0.1:4711"),
        ({"base_url": "", "project": "mine"}, "bigquery.googleapis.com"),
        ({"folder": "sandbox/loans"}, "sandbox/loans"),
        ({"folder": str(ROOT / "sandbox/loans")}, "sandbox/loans"),
        ({"folder": "/somewhere/private"}, "files"),
    ],
)
def test_an_origin_is_a_host_and_no_login(settings, origin):
    assert origin_of(settings) == origin


@pytest.mark.parametrize(
    ("origin", "is_stand_in"),
    [
        *((name, True) for name in ("127.0.0.1:4711", "localhost:80", "[::1]:8000")),
        *((name, True) for name in ("sandbox:8000", "sandbox/loans", "127.0.0.2")),
        *((name, False) for name in ("xecdapi.xe.com", "files", "10.0.0.7:8080")),
        *((name, False) for name in ("sandbox.example:443", "localhost.example")),
    ],
)
def test_a_stand_in_is_on_this_machine_or_composes(origin, is_stand_in):
    assert origins.is_stand_in(origin) == is_stand_in


def test_what_landed_is_noted_with_its_host_and_what_did_not_is_not(sandbox, database):
    sandbox.lists("BTCUSDT")
    ingest("binance", HOUR)
    sandbox.refuse("xe", status=401, times=None)
    ingest("xe", Window.between("2024-03-04", "2024-03-05"))

    host = sandbox.url.removeprefix("http://")
    assert database.query(NOTED) == [("binance", host)]


def test_doctor_warns_of_stand_ins_beside_real_apis_and_of_neither_alone(
    sandbox, database, environment
):
    sandbox.lists("BTCUSDT")
    ingest("binance", HOUR)
    tell = partial(database.query, role="loader")
    assert "stand-ins" not in doctor()

    tell("insert into raw.origins values ('loans', 'files', now(), now())")
    assert "stand-ins" not in doctor()

    tell("insert into raw.origins values ('ecb', 'www.ecb.europa.eu', now(), now())")
    said = doctor()
    assert (
        "loads of stand-ins (binance) and of real APIs (ecb) in one warehouse" in said
    )
    assert "In one table" not in said

    tell("update raw.origins set system = 'binance' where system = 'ecb'")
    assert "In one table even: binance." in doctor()
    tell("delete from raw.origins where origin like '127.%'")
    assert "stand-ins" not in doctor()


def doctor() -> str:
    """Return what doctor says of the database that the environment leads to."""
    return subprocess.run(
        [sys.executable, "-m", "warehouse", "doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
