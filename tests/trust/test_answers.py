"""Whatever an API answers, a run says so, nothing wrong stays, and the next one heals.

Matrix "answers": what came in the place of a good answer, by system.
"""

import pytest

from ingestion import http
from ingestion.ingest import tables_of
from ingestion.sources import SYSTEMS
from tests.trust.answers import ALL_CELLS, ELSEWHERE, FAULTS, HEALS, LANDS, NONE, cell
from tests.trust.walks_in_time import Ecb, Ethereum, Rankings, Xe
from tests.trust.walks_of_keys import Binance, Plant

MATRIX = "answers"
CURRENCIES = '["NGN", "GHS", "XOF"]'
PATIENT = {"RUNTIME__REQUEST_TIMEOUT": "10", "RUNTIME__REQUEST_MAX_RETRY_DELAY": "2"}
HASTY = {"RUNTIME__REQUEST_TIMEOUT": "0.5", "RUNTIME__REQUEST_MAX_RETRY_DELAY": "5"}
# Google's client asks again for so long, not so often
BRIEF = {"RUNTIME__REQUEST_MAX_RETRY_DELAY": "0.5"}
ONCE, OFTEN = ({"RUNTIME__REQUEST_MAX_ATTEMPTS": times} for times in ("1", "6"))


@pytest.fixture
def walk(request, sandbox, tables, environment):
    """Return the way of a system, at its start."""
    environment["SOURCES__XE__CURRENCIES"] = CURRENCIES
    walk = request.param(sandbox, tables)
    walk.calm()
    return walk


@pytest.fixture
def patience(environment):
    """Return what sets how long an answer is waited for."""

    def patience(**settings):
        environment.update(settings)
        http.client.cache_clear()

    return patience


@pytest.fixture
def landed(database):
    """Return what counts the pages that landed of systems."""

    def landed(*systems):
        return {
            table: database.query(f"select count(*) from raw.{table}")[0][0]  # noqa: S608 - a table of ours
            for system in systems
            for table in tables_of(system)
        }

    return landed


def assert_failed(report):
    """Assert that a run says of each key that failed why, in one sentence."""
    assert report.bad, "it says that all went well"
    for key in report.bad:
        assert key.outcome == "failed", (key.outcome, key.sentence)
        assert key.sentence
        assert "\n" not in key.sentence
        assert f"{key.name} failed: {key.sentence}" in report.sentence()
        assert "stand-in" not in key.sentence


def went_elsewhere(sandbox, system):
    """Whether a run followed a redirect to another host."""
    paths = [entry["path"] for entry in sandbox.requests(system)]
    assert paths
    return any(path.endswith(ELSEWHERE) for path in paths)


@pytest.fixture
def lead(walk, sandbox, landed, patience, database):
    """Return what leads a system through one fault: lasting, passing, and over."""

    def lead(fault, systems):
        wanted = {cell(fault, system) for system in systems}
        patience(**(HASTY if fault.is_slow else PATIENT))
        patience(**ONCE if fault.is_slow else OFTEN)
        if systems == ("ethereum",):
            patience(**BRIEF)
        before = landed(*systems)
        for system in systems:
            fault.inflict(sandbox, system, None)
        reports = walk.run()
        assert not any(went_elsewhere(sandbox, system) for system in systems)
        walk.calm()
        if wanted == {LANDS}:
            assert not any(report.bad for report in reports)
            walk.note(reports)
            return
        for report in reports:
            assert_failed(report)
        assert landed(*systems) == before, "something of it landed"
        patience(**((HASTY if fault.is_slow else PATIENT) | OFTEN))
        if wanted == {HEALS}:
            for system in systems:
                fault.inflict(sandbox, system, 1)
        reports = walk.run()
        assert not any(report.bad for report in reports)
        assert all(report.pages for report in reports)
        walk.note(reports)
        walk.calm()

    return lead


@pytest.mark.long
@pytest.mark.parametrize(
    ("walk", "systems"),
    [
        pytest.param(Xe, ("xe",), id="xe"),
        pytest.param(Ecb, ("ecb",), id="ecb"),
        pytest.param(Rankings, ("coinmarketcap", "cryptocompare"), id="rankings"),
        pytest.param(Ethereum, ("ethereum",), id="ethereum"),
    ],
    indirect=["walk"],
)
def test_a_broken_answer_fails_its_key_and_the_next_run_heals(
    walk, systems, lead, dbt, record_property
):
    reports = walk.run()
    assert not any(report.bad for report in reports)
    walk.note(reports)
    for fault in FAULTS:
        walk.step += 1
        walk.set_up()
        lead(fault, systems)
        for system in systems:
            record_property("matrix", (MATRIX, fault.name, system, cell(fault, system)))
        dbt("run", "-s", *walk.models)
        walk.assert_true()

    dbt("build", "-s", *walk.models)


@pytest.mark.parametrize(
    "walk", [Binance, Plant], indirect=True, ids=["binance", "plant"]
)
def test_a_broken_answer_fails_its_key_and_no_other(
    walk, sandbox, patience, dbt, record_property
):
    for is_slow in (False, True):
        patience(**((HASTY if is_slow else PATIENT) | OFTEN))
        faults = [fault for fault in FAULTS if fault.is_slow == is_slow]
        cells = [cell(fault, walk.system) for fault in faults]
        walk.step += 1
        passing = walk.keys(faults)
        for fault, told, where in zip(faults, cells, passing.values(), strict=True):
            if told == HEALS:
                fault.inflict(sandbox, walk.system, 1, **where)
        (report,) = walk.run()
        assert not report.bad

        patience(**(ONCE if is_slow else OFTEN))
        walk.step += 1
        lasting = walk.keys([*faults, "none"])
        for fault, where in zip(faults, lasting.values(), strict=False):
            fault.inflict(sandbox, walk.system, None, **where)
        (report,) = walk.run()
        assert_failed(report)
        failing = {
            key for key, told in zip(lasting, cells, strict=False) if told != LANDS
        }
        assert {key.name for key in report.bad} == failing
        assert all(report.keys[name].pages == 0 for name in failing)
        assert not went_elsewhere(sandbox, walk.system)

        walk.calm()
        patience(**OFTEN)
        (report,) = walk.run()
        assert not report.bad
        for fault, told in zip(faults, cells, strict=True):
            record_property("matrix", (MATRIX, fault.name, walk.system, told))

    dbt("build", "-s", *walk.models)

    walk.assert_true()


def test_every_fault_has_been_thought_of_for_every_system(record_property):
    for (fault, system), told in ALL_CELLS.items():
        assert told
        if told == NONE:
            record_property("matrix", (MATRIX, fault, system, told))
    assert len(ALL_CELLS) == len(FAULTS) * len(SYSTEMS)
