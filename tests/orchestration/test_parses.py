"""Each dbt goes on from what was parsed: one that finds nothing takes ten seconds."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from warehouse import ROOT
from warehouse.manifest import PARSED, manifest

DBT = Path(sys.executable).with_name("dbt")
FULL = "UnableToPartialParse"
BY_HAND = {
    "vars": ("--vars", "loans_as_of: 2024-01-01"),
    "docs": ("--target", "docs"),
    "schema": (),
}


@pytest.fixture
def by_hand(environment, parsed):
    """Return what parses by hand, where Dagster's dbt does, and returns its words."""

    def by_hand(*words: str, **variables: str) -> str:
        command = [DBT, "parse", *words, "--target-path", parsed]
        places = ["--project-dir", ROOT / "dbt_project", "--profiles-dir", ROOT]
        done = subprocess.run(  # noqa: S603 - our own command
            [str(word) for word in (*command, *places)],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    return by_hand


def names(*invocations: Iterable) -> set[str]:
    """Return the kinds of events that dbts tell, read side by side."""
    return {
        event.raw_event["info"]["name"]
        for dbt in invocations
        for event in dbt.stream_raw_events()
    }


def parses() -> set[str]:
    """Run two of Dagster's dbts side by side."""
    from orchestration.models import DBT

    return names(*[DBT.cli(["--debug", "parse", "--no-write-json"]) for _ in "12"])


@pytest.mark.parametrize("left", BY_HAND)
def test_dagsters_dbts_go_on_from_their_own_parse_whatever_one_by_hand_left(
    by_hand, left
):
    schema = {"DBT_SCHEMA": "alice"} if left == "schema" else {}
    by_hand(*BY_HAND[left], **schema)

    told = parses()

    assert "PartialParsingSkipParsing" in told
    assert FULL not in told


def test_dagsters_dbts_go_on_where_one_by_hand_was_killed_as_it_wrote(parsed):
    whole = (parsed / PARSED).read_bytes()
    (parsed / PARSED).write_bytes(whole[: len(whole) // 2])

    assert FULL not in parses()


def test_a_dbt_by_hand_goes_on_from_what_dagster_parsed(by_hand, parsed):
    (parsed / PARSED).unlink(missing_ok=True)
    (parsed / "manifest.json").unlink(missing_ok=True)
    manifest(parsed)

    assert "Unable to do partial parsing" not in by_hand()


def test_the_audit_goes_on_from_the_parse_of_the_audit_before(parsed):
    from orchestration.models import DBT

    words = ["--debug", "parse", "--vars", "{audit: true}"]
    told = [names(DBT.cli(words, target_path=parsed / "audit")) for _ in "12"]

    assert FULL not in told[1]
