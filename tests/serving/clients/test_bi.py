"""What docs/bi.md says of BI tools and notebooks, done by those that run here."""

import os
import re
import subprocess
from decimal import Decimal

import pytest

from warehouse import ROOT

pytestmark = pytest.mark.clients

DOCS = (ROOT / "docs" / "bi.md").read_text()
WAYS = re.findall(r"^```python\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
LOAN = re.compile("loan|missed_payments")
DOWNLOAD = 'duckdb.sql("install postgres; load postgres")'
FROM_PYPI = """
import duckdb_ext, pathlib
(found,) = pathlib.Path(list(duckdb_ext.__path__)[0]).rglob("postgres_*_extension")
duckdb.sql(f"load '{found}'")
"""
TOLD = """
import json
columns = [
    [row[0] for row in found.fetchall()] if "fetchall" in dir(found) else list(found)
    for found in (exact, floats)
]
print(json.dumps([
    [len(column), isinstance(column[0], float), str(sum(column))] for column in columns
]))
"""
CLOSES = """
select count(*), sum(close_price), sum(close_price::double precision)
from fct_candles_1d where symbol = 'BTCUSDT'
"""


@pytest.fixture
def pgcli(house, tmp_path):
    """Return what runs pgcli's commands as the reader and returns what it said."""

    def run(*commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        done = subprocess.run(  # noqa: S603 - the program that is tried
            [str(ROOT / ".venv/clients/bin/pgcli"), house.reader, "-t", *words],
            check=False,
            capture_output=True,
            env={**os.environ, "HOME": str(tmp_path), "TZ": "Asia/Tokyo"},
            text=True,
        )
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    ("way", "room"),
    [*((way, "clients") for way in WAYS[:3]), (WAYS[3], "bi")],
    ids=["pandas", "pandas by ADBC", "polars", "DuckDB"],
)
def test_the_docs_ways_give_every_digit_or_floats(house, snippet, way, room):
    assert (DOWNLOAD in way) == (room == "bi")
    [(count, total, roughly)] = house.query(CLOSES)

    exact, floats = snippet(way.replace(DOWNLOAD, FROM_PYPI) + TOLD, room)

    assert (exact[0], exact[1], Decimal(exact[2])) == (count, False, total)
    assert floats[:2] == [count, True]
    assert float(floats[2]) == pytest.approx(roughly)


def test_superset_lists_describes_and_draws_the_marts_as_they_are(
    house, client, tmp_path
):
    url = house.reader.replace("postgresql:", "postgresql+psycopg2:")

    got = client("superset", url, tmp_path, room="bi")

    assert "marts" in got["schemas"]
    assert any(LOAN.search(mart) for mart in got["admin"])
    assert got["analyst"] == ["fct_candles_1d", "fct_coverage_1d", "rpt_top_coins"]
    for columns in got["columns"].values():
        for name, kind, description in columns:
            assert kind not in (None, "NULL"), name
            assert description, name
    types = {name: kind for name, kind, _ in got["columns"]["fct_coverage_1d"]}
    assert types["covered"] == "TEXT"
    assert {row["symbol"]: Decimal(row["total"]) for row in got["totals"]} == dict(
        house.query("select symbol, sum(close_price) from fct_candles_1d group by 1")
    )
    assert [row["coin_rank"] for row in got["ranks"]] == [1, 2, 3]


def test_pgcli_reads_the_marts_by_their_names_and_says_what_functions_do(pgcli):
    said = pgcli("select coin_rank + 7000 from rpt_top_coins limit 2", "\\df+ fx_rate")
    listed = pgcli(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    )

    assert re.findall(r"\b700\d\b", said) == ["7001", "7002"]
    assert "The rate of a currency in another" in said
    assert "rpt_top_coins" in listed
    assert not LOAN.search(listed)
    assert LOAN.search(pgcli("\\d"))


def test_pgcli_moves_days_to_the_machines_zone_unless_it_is_told(pgcli, tmp_path):
    asked = "select 'in ' || current_setting('timezone')"
    at_first = pgcli(asked)
    [config] = tmp_path.rglob("pgcli/config")
    text = config.read_text()
    config.write_text(
        text.replace("use_local_timezone = True", "use_local_timezone = False")
    )

    assert "in Asia/Tokyo" in at_first
    assert "in UTC" in pgcli(asked)
