"""The health board tells what the marts of quality do, and commands that work."""

import re
import shlex
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest
import yaml
from playwright.sync_api import Page

from ingestion.ingest import may_have_gaps, tables_of
from ingestion.sources import SYSTEMS
from warehouse import ROOT

SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
DAYS = count(20)
ASKED = [system for system in SYSTEMS if may_have_gaps(system)]
GAP = """
insert into marts.rpt_gaps values (
    %s, 'a series', '2024-03-04', '2024-03-05', 1440, false, 60, 1, now(), 0
)
"""
REJECT = """
insert into marts.rpt_rejected_records
select
    system, quarantine, record_key, 'unknown', 'made up', '1', now(), now(), now(), 0
from (
    values
    ('binance', 'stg_binance__klines__rejected', 'BTCUSDT 2024-03-04 00:01'),
    ('binance', 'stg_binance__klines__rejected', 'BTCUSDT 2024-03-06 00:01'),
    ('plant', 'stg_plant__readings__rejected', 'T01 power 2024-05-20 00:01'),
    ('xe', 'stg_xe__rates__rejected', 'USDNGN 2024-03-04 12:00:00'),
    ('ecb', 'stg_ecb__rates__rejected', 'SEK 2024-03-04'),
    ('ecb', 'stg_ecb__rates__rejected', 'SEK 9999-12-31'),
    ('ethereum', 'stg_ethereum__token_transfers__rejected', '2024-03-04 0x1 7 #1'),
    ('cryptocompare', 'stg_cryptocompare__toplist__rejected', 'a page')
) as made_up (system, quarantine, record_key)
"""
LOAD = """
insert into marts.fct_loads values (
    'made up', 'xe', now(), now(), 0, 1, 0, 1, 'failed',
    e'USD refused: HTTP 401\\nXOF failed: not in the answer', now(), 0
)
"""


@contextmanager
def made_up(house, insert, *parameters):
    """Have rows in a mart that no build made."""
    table = re.search(r"marts\.\w+", insert)[0]
    house.query(insert, *parameters, role="transformer")
    try:
        yield
    finally:
        delete = f"delete from {table} where changed_in = 0"  # noqa: S608 - ours
        house.query(delete, role="transformer")


def records(table):
    """Return a table's rows by their headings."""
    names, *rows = table
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture
def health(look):
    """Return what shows the board anew, since rows made up here tell no version."""
    return lambda query="": look(f"/boards/health?days={next(DAYS)}{query}")


def test_each_source_is_late_by_its_own_rhythm(house, health):
    limits = {}
    text = (ROOT / "dbt_project/models/staging/_sources.yml").read_text()
    (source,) = yaml.safe_load(text)["sources"]
    for table in source["tables"]:
        config = {**source["config"], **table.get("config", {})}
        warn = (config["freshness"] or {}).get("warn_after")
        limits[table["name"]] = warn and warn["count"] * SECONDS[warn["period"]]
    found = house.query(
        "select table_name, late_after_seconds from marts.rpt_source_health"
    )
    assert len(found) == sum(len(tables_of(system)) for system in SYSTEMS)
    assert found == [(name, limits[name]) for name, _ in found]

    ago = "update staging.stg_loads__tables set loaded_at = loaded_at {} interval '2 h'"
    house.query(ago.format("-"), role="transformer")
    try:
        shown = health()
        rows, said = records(shown.table("freshness")), shown.said("freshness")
    finally:
        house.query(ago.format("+"), role="transformer")

    states = {row["Table"]: row["State"] for row in rows}
    late = {"plant__readings", "coinmarketcap__listings", "cryptocompare__toplist"}
    assert {name for name, state in states.items() if state == "late"} == late
    assert {rows[place]["Table"] for place in range(3)} == late
    assert states["binance__klines"] == "in time"
    assert states["loans__loans"] == "on change"
    assert "plant__readings (python -m ingestion plant)" in said
    assert "binance" not in said
    assert "plant" not in health().said("freshness")


def test_gaps_of_ours_come_first_with_their_command(house, health):
    with made_up(house, GAP, "binance"):
        shown = health()
        found = house.query(
            "select system, series_key, is_source_gap, sum(missing_count)::bigint, "
            "count(*) from marts.rpt_gaps group by 1, 2, 3 order by 3, 4 desc, 1, 2"
        )
        rows, said = records(shown.table("gaps")), shown.said("gaps")
        largest = records(shown.table("largest_gaps"))
    assert [
        (
            row["System"],
            row["Series"],
            row["Whose"] != "ours",
            int(row["Missing"].replace(",", "")),
            int(row["Gaps"]),
        )
        for row in rows
    ] == found
    assert rows[0]["Asked by"] == "python -m ingestion binance --gaps"
    assert rows[-1]["Asked by"] == "nothing: the source has no more"
    assert "python -m ingestion binance --gaps" in said

    assert largest[0] == {
        **{"System": "binance", "Series": "a series", "Whose": "ours"},
        **{"Missing": "1,440", "Length": "24 hours"},
        **{"From": "2024-03-04 00:00 UTC", "Until": "2024-03-05 00:00 UTC"},
    }
    missing = [int(row["Missing"].replace(",", "")) for row in largest[1:]]
    assert missing == sorted(missing, reverse=True)


def test_rejects_are_counted_by_their_reason(house, health):
    rows = records(health().table("rejects"))

    found = house.query(
        "select system, reason, count(*) from marts.rpt_rejected_records "
        "group by 1, quarantine, 2"
    )
    assert len(found) > 2
    assert sorted(
        (row["System"], row["Reason"], int(row["Records"])) for row in rows
    ) == sorted(found)


def commands(page: Page, panel: str) -> set[str]:
    """Return what is marked as a command in a panel."""
    return set(page.locator(f"section:has(#{panel}) code").all_inner_texts())


def test_each_command_of_the_board_works(house, health):
    with ExitStack() as rows:
        for insert in (LOAD, REJECT):
            rows.enter_context(made_up(house, insert))
        for system in ASKED:
            rows.enter_context(made_up(house, GAP, system))
        page = health().page
        panels = ("freshness", "gaps", "rejects", "failed_keys")
        found = set().union(*(commands(page, panel) for panel in panels))
        asks = {text for text in found if text.startswith("python -m ingestion ")}
        looks = {text for text in found if text.startswith("python -m warehouse ")}

        expected = {f"python -m ingestion {name}" for name in (*ASKED, "loans")}
        expected |= {f"python -m ingestion {name} --gaps" for name in ASKED}
        expected |= {
            f"python -m ingestion {words}"
            for words in (
                *("coinmarketcap", "cryptocompare"),
                "binance --from 2024-03-04 --to 2024-03-07",
                "plant --from 2024-05-20 --to 2024-05-21",
                "xe --from 2024-03-04 --to 2024-03-05",
                "ethereum --from 2024-03-04 --to 2024-03-05",
                "ethereum --only tokens",
            )
        }
        assert asks == expected
        assert len(looks) > 6
        for text in sorted(asks):
            done = house.run(*shlex.split(text)[2:], "--dry-run")
            assert done.returncode == 0, f"{text}: {done.stdout}{done.stderr}"
        for text in sorted(looks):
            *words, statement = shlex.split(text)[2:]
            assert words == ["warehouse", "psql", "-c"]
            house.query(statement, role="transformer")
        assert house.run(*words, statement).returncode == 0


def test_loads_and_failed_keys_are_those_of_the_mart(house, health):
    with made_up(house, LOAD):
        shown = health()
        (found,) = house.query(
            "select count(*) filter (where status = 'ok'), "
            "count(*) filter (where status = 'failed') from marts.fct_loads"
        )
        well, failed = shown.figure("loads")["data"]
        rows = records(shown.table("failed_keys"))
        other = health("&system=binance").said("failed_keys")
    assert (sum(well["y"]), sum(failed["y"])) == found
    assert [(row["Key, and why"], row["Asked again by"]) for row in rows] == [
        ("USD refused: HTTP 401", "python -m ingestion xe"),
        ("XOF failed: not in the answer", "python -m ingestion xe"),
    ]
    assert "No key failed in" in other
    assert "No key failed in" in health().said("failed_keys")


AGO = "update ops.versions set built_at = built_at {} interval '27 hours' where {}"
ONE = "model = 'fct_candles_1w'"
BEHIND = "update ops.reads set done = done {} 1 where model = 'fct_candles_1w'"


def test_a_mart_that_has_not_read_for_a_day_what_moved_is_late(house, health):
    house.query(AGO.format("-", ONE), role="transformer")
    quiet = health().said("marts")
    house.query(BEHIND.format("-"), role="transformer")
    try:
        shown = health()
        rows, said = records(shown.table("marts")), shown.said("marts")
    finally:
        house.query(BEHIND.format("+"), role="transformer")
        house.query(AGO.format("+", ONE), role="transformer")

    assert {(row["Mart"], int(row["Version"])) for row in rows} == set(
        house.query("select model, version from marts.rpt_versions")
    )
    assert (rows[0]["Mart"], rows[0]["State"]) == ("fct_candles_1w", "late")
    assert said == "Late: fct_candles_1w (dbt build)."
    assert quiet == health().said("marts") == "Nothing is late."


def test_all_marts_are_late_where_nothing_was_built_for_a_day(house, health):
    house.query(AGO.format("-", "true"), role="transformer")
    try:
        rows = records(health().table("marts"))
    finally:
        house.query(AGO.format("+", "true"), role="transformer")

    assert {row["State"] for row in rows} == {"late"}


def test_a_system_narrows_what_is_told_of_systems(health):
    shown = health("&system=ecb")

    assert {row["Table"] for row in records(shown.table("freshness"))} == {"ecb__rates"}
    assert {row["System"] for row in records(shown.table("gaps"))} == {"ecb"}
    assert "Nothing is in quarantine" in shown.said("rejects")
    assert "dbt build" in shown.said("rejects")
