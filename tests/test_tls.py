"""PGSSLMODE and PGSSLROOTCERT reach every tool that connects."""

import os
import re
import shutil

import pytest

import warehouse
from ingestion.ingest import ingest
from tests.support.tls import certificate, door
from warehouse import WarehouseError
from warehouse.__main__ import main

pytestmark = pytest.mark.skipif(
    not shutil.which("openssl"), reason="openssl makes the certificates"
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return {name: certificate(folder, name) for name in ("server", "stranger")}


@pytest.fixture
def tls(database, environment, certificates):
    """Return a door with TLS to the database, through which the environment leads."""
    with door(int(environment["PGPORT"]), *certificates["server"]) as opened:
        environment["PGPORT"] = str(opened.port)
        for name in ("LOADER_URL", "READER_URL"):
            place = f"127.0.0.1:{opened.port}/"
            environment[name] = re.sub(r"127\.0\.0\.1:\d+/", place, environment[name])
        del environment["DESTINATION__POSTGRES__CREDENTIALS"]
        environment["PGSSLMODE"] = "verify-full"
        environment["PGSSLROOTCERT"] = str(certificates["server"][0])
        yield opened


@pytest.mark.parametrize("role", ["loader", "transformer", "reader"])
def test_each_role_connects_by_a_verified_certificate(tls, role):
    warehouse.connect(role).close()

    assert tls.passed == 1


@pytest.mark.parametrize("role", ["loader", "transformer", "reader"])
def test_another_certificate_is_refused_to_each_role(tls, certificates, role):
    os.environ["PGSSLROOTCERT"] = str(certificates["stranger"][0])

    with pytest.raises(WarehouseError, match="certificate verify failed"):
        warehouse.connect(role)


def test_dbt_verifies_the_certificate(tls, certificates, dbt, capsys):
    dbt("run-operation", "make_ledger")
    assert tls.passed
    os.environ["PGSSLROOTCERT"] = str(certificates["stranger"][0])
    passed = tls.passed

    dbt("run-operation", "make_ledger", check=False)

    assert "certificate verify failed" in capsys.readouterr().out
    assert tls.passed == passed


def test_dlt_lands_through_tls_alone(tls, sandbox, database):
    report = ingest("binance")

    assert report.bad == []
    assert tls.passed >= 3
    del os.environ["PGSSLMODE"]
    assert database.query("select count(*) > 0 from raw.binance__klines") == [(True,)]


def test_a_server_without_tls_is_refused_where_tls_is_wanted(
    database, environment, tmp_path, capsys
):
    environment["PGSSLMODE"] = "require"

    assert main(["start"]) == 1
    assert main(["backup", str(tmp_path / "file")]) == 1

    assert "does not support SSL" in capsys.readouterr().err
    assert not (tmp_path / "file").exists()
