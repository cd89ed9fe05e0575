"""Currency rates from the stand-ins to the marts, and the tests that warn of them."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from ingestion.ingest import ingest
from ingestion.window import Window
from tests.dbt_project.rates.test_marts import MODELS, assert_marts, fct, rpt
from tests.support.database import kept
from tests.support.rates import FETCHED, ecb_file, xe_page
from tests.support.raw import Raw

DAYS = Window.between("2024-02-01", "2024-03-05")
WARNING = ("keeps_its_peg", "moves_little_in_a_day")


def test_both_systems_go_from_the_stand_ins_to_the_marts(
    sandbox, database, dbt, tables
):
    for system, window in (("ecb", None), ("xe", DAYS), ("xe", None)):
        assert ingest(system, window).bad == []

    results = dbt("build", *MODELS)

    xe, ecb = (
        database.query(f"select request, payload, fetched_at from raw.{system}__rates")  # noqa: S608 - a table of ours
        for system in ("xe", "ecb")
    )
    assert_marts(tables, xe, ecb)
    days = {key[3] for key in fct(tables) if key[0] == "xe"}
    assert len(days) == 34
    verdicts = {result.node.name: str(result.status) for result in results}
    assert [told for name, told in verdicts.items() if name.startswith(WARNING)] == [
        "pass",
        "pass",
    ]
    (now,) = [page for page in map(read, xe) if "timestamp" in page]
    mids = {rate["quotecurrency"]: rate["mid"] for rate in now["to"]}
    assert rpt(tables)[max(days), "NGN"][2] == mids["NGN"]


def read(answer):
    """Return an answer's body, numbers exact."""
    return json.loads(answer[1], parse_float=Decimal)


@pytest.fixture
def outcomes(database, dbt):
    """Build a fortnight of the ECB and one day of XE; return what tests them."""

    def make():
        raw = Raw(database)
        start = (FETCHED - timedelta(days=14)).date()
        lines = ["Date,USD,BGN,SEK,"]
        lines += [f"{start + timedelta(days=n)},1.1,1.9558,11.2," for n in range(10)]
        raw.land_answers("ecb__rates", [ecb_file("\n".join(lines))])
        quoted_at = f"{start}T23:00:00Z"
        raw.land_answers("xe__rates", [xe_page({"XOF": 596.3245}, quoted_at)])
        dbt("build", *MODELS)

    kept(database, "fx_tests", make)

    def outcomes():
        dbt("run", *MODELS[:2])
        results = dbt("test", "-s", "fct_fx_rates_1d", "rpt_usd_rates_1d")
        told = {result.node.name: str(result.status) for result in results}
        return [
            next(told[name] for name in told if name.startswith(test))
            for test in WARNING
        ]

    return outcomes


def test_a_rate_off_its_peg_warns(outcomes, database):
    day = f"{(FETCHED - timedelta(days=14)).date()}"
    raw = Raw(database)
    raw.next_id()
    raw.next_id()
    later = FETCHED + timedelta(days=1)
    raw.land_answers(
        "xe__rates", [xe_page({"XOF": 596.3245 * 1.006}, f"{day}T23:00:00Z", later)]
    )
    first = outcomes()
    mended = xe_page({"XOF": 598}, f"{day}T23:00:00Z", later + timedelta(days=1))
    raw.land_answers("xe__rates", [mended])
    second = outcomes()
    raw.land_answers("ecb__rates", [ecb_file(f"Date,USD,\n{day},1.2,\n", later)])

    assert first == ["warn", "pass"]
    assert second == ["pass", "pass"]
    assert outcomes() == ["warn", "pass"], "the euro moved, not the franc"


def test_a_jump_warns_even_if_it_is_the_day_after_that_jumps(outcomes, database):
    raw = Raw(database)
    raw.next_id()
    raw.next_id()
    day = (FETCHED - timedelta(days=10)).date()
    told = []
    for rate, hours in (("14.0", 1), ("11.3", 2), ("9.0", 3)):
        later = FETCHED + timedelta(hours=hours)
        raw.land_answers("ecb__rates", [ecb_file(f"Date,SEK,\n{day},{rate},\n", later)])
        told.append(outcomes())

    assert told == [["pass", "warn"], ["pass", "pass"], ["pass", "warn"]]
