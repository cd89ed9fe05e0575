"""One bad cell of a transfer takes no more than itself, and is told with its record."""

import json
from dataclasses import replace

import pytest

from tests.support.database import kept
from tests.support.raw import Raw
from tests.support.transfers import (
    DAY,
    FETCHED,
    MODELS,
    TOKENS,
    TRANSFERS,
    Answer,
    known_tokens,
    transfers,
)

GOOD = transfers(12)
BAD = GOOD[10]
NAME = f"2024-03-04 {BAD.transaction} 0 #1000011"
GIVER, TAKER, AMOUNT, HASH, INDEX = 1, 2, 3, 4, 5
TOLD = "select record_key, reason from marts.rpt_rejected_records order by 1"


@pytest.fixture
def land(database, dbt, tables):
    """Return what lands a day's rows and builds, and returns all that is told."""

    def make():
        Raw(database).land_answers(TOKENS, [known_tokens()])
        dbt("run", "-s", "+fct_token_transfers_1d", "+rpt_rejected_records")

    kept(database, "ethereum_cells", make)
    raw = Raw(database)
    raw.next_id()

    def land(rows, job="job", fetched_at=FETCHED):
        answer = Answer(rows, job=job, fetched_at=fetched_at)
        raw.land_answers(TRANSFERS, answer.pages())
        dbt("run", *MODELS, "rpt_rejected_records")
        return {row["record_key"]: row["reason"] for row in tables.records(TOLD)}

    return land


@pytest.fixture
def spoil(land):
    """Return what lands the day, its eleventh row with other cells."""

    def spoil(cells, **how):
        spoilt = [cells.get(at, each) for at, each in enumerate(BAD.cells)]
        return land([*GOOD[:10], spoilt, GOOD[11]], **how)

    return spoil


@pytest.fixture
def found(tables):
    """Return what looks up the bad one's giver, taker and amount, if it is there."""

    def found():
        rows = tables.records("select * from marts.fct_token_transfers")
        assert {row["transaction_hash"] for row in rows} >= {
            row.transaction for row in GOOD if row is not BAD
        }
        return [
            (row["from_address"], row["to_address"], int(row["amount_raw"]))
            for row in rows
            if row["transaction_hash"] == BAD.transaction
        ]

    return found


@pytest.mark.parametrize(
    ("cells", "giver", "taker", "told"),
    [
        ({GIVER: "0xnobody"}, None, BAD.taker, "from_address: no address"),
        ({GIVER: BAD.giver + "\0"}, None, BAD.taker, "from_address: no address"),
        ({TAKER: ""}, BAD.giver, None, "to_address: no address"),
        (
            {GIVER: "1" * 42, TAKER: "\ud800"},
            None,
            None,
            "from_address: no address; to_address: no address",
        ),
    ],
    ids=["no hex", "NUL", "empty", "both"],
)
def test_a_transfer_stands_without_a_giver_or_taker_that_is_none(
    land, spoil, found, cells, giver, taker, told
):
    assert spoil(cells) == {NAME: told}

    assert found() == [(giver, taker, BAD.amount)]
    assert land(GOOD, "again", FETCHED + DAY) == {}
    assert found() == [(BAD.giver, BAD.taker, BAD.amount)]


@pytest.mark.parametrize(
    ("cells", "name", "told"),
    [
        ({AMOUNT: "1\0"}, NAME, "no amount"),
        ({AMOUNT: "\ud800"}, NAME, "no amount"),
        ({HASH: "0x" + "\0" * 9}, "0x" + "\ufffd" * 9, "no hash of a transaction"),
        ({HASH: "f" * 5000}, "f" * 66, "no hash of a transaction"),
        ({INDEX: "-" * 5000}, "-" * 9, "no log index"),
    ],
    ids=["NUL", "surrogate", "hash of NUL", "long hash", "long index"],
)
def test_a_cell_without_which_a_transfer_is_none_is_told_with_what_names_it(
    spoil, found, cells, name, told
):
    ((key, reason),) = spoil(cells).items()

    assert reason == told
    assert name in key
    assert key.startswith("2024-03-04 ")
    assert found() == []


def test_of_two_rows_of_a_key_in_one_answer_the_last_counts_and_the_other_is_told(
    land, tables
):
    other = replace(BAD, amount=BAD.amount + 1)

    told = land([other, *GOOD])

    rows = tables.records("select * from marts.fct_token_transfers")
    amounts = {row["transaction_hash"]: int(row["amount_raw"]) for row in rows}
    assert amounts == {row.transaction: row.amount for row in GOOD}
    name = f"2024-03-04 {BAD.transaction} 0 #1000001"
    assert told == {name: "its key comes again further down"}
    (reject,) = tables.records(
        "select item from staging.stg_ethereum__token_transfers__rejected"
    )
    assert json.dumps(str(other.amount)) in json.dumps(reject["item"])
