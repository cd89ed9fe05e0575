"""Of each token the newest that makes sense, whatever its contract tells."""

import json

import pytest

from tests.support.raw import Raw
from tests.support.rejections import assert_coded
from tests.support.transfers import DAY, FETCHED, TOKENS, WETH, token_page

MODELS = (
    *("-s", "stg_ethereum__tokens*", "stg_token_amendments", "dim_tokens"),
    "+rpt_rejected_records",
)
MAKER = "0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2"
A, B, C, D = (f"0x{digit * 40}" for digit in "abcd")
NUMBER = str(2**256 - 1)
PUBLIC = {
    # blockchain-etl/ethereum-etl-airflow, seed/data/token_amendments.csv
    "0x629a673a8242c2ac4b7b8c5d8735fbeac21a6205": ("SOR", "Sorare", 0),
    "0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359": ("SAI", "Dai Stablecoin v1.0", 18),
    MAKER: ("MKR", "Maker", 18),
    "0xd1e5b0ff1287aa9f9a268759062e4ab08b9dacbe": ("UD", ".crypto", 0),
}
LEFT_OUT = "has characters that no text can hold, left out here"
AGAIN = "its key comes again further down, with other values"
TOLD = "select record_key, reason from marts.rpt_rejected_records order by 1"


@pytest.fixture
def dim(database, dbt, tables):
    """Return what lands pages and builds, and returns dim_tokens by address."""
    raw = Raw(database)

    def dim(*pages, command="build"):
        for page in pages:
            raw.land_answers(TOKENS, [page])
        dbt(command, *MODELS)
        return {
            row.pop("token_address"): tuple(row.values())
            for row in tables.records(
                "select token_address, token_symbol, token_name, decimals, "
                "total_supply, is_amended from marts.dim_tokens"
            )
        }

    return dim


@pytest.fixture
def rejects(tables):
    """Return what looks up the rejects that everybody sees, by key."""

    def rejects():
        assert_coded(tables.database, "staging.stg_ethereum__tokens__rejected")
        return {row["record_key"]: row["reason"] for row in tables.records(TOLD)}

    return rejects


def test_junk_is_null_and_told_and_older_sense_stands_before_newer_nonsense(
    dim, rejects
):
    rows = [
        (A, "OLD", "Old", "6", "5", 1),
        (A, "NEW", "Name\nof two lines", "300", NUMBER, 2),
        (B, " ", "N" * 10_000, "1e9", "-1", 1),
        (C.upper().replace("X", "x"), None, None, "", None, 1),
        (D, "TOO", "Many", "78", NUMBER + "0", 1),
        ("not an address" * 1000, "NONE", "None", "1", "1", 1),
        (MAKER, None, None, None, "1000", 1),
    ]

    found = dim(token_page(rows), ('{"page":2}', "<html>", FETCHED))

    assert found[A] == ("NEW", "Old", 6, int(NUMBER), False)
    assert found[B] == (None, None, None, None, False)
    assert found[C] == (None, None, None, None, False)
    assert found[D] == ("TOO", "Many", None, None, False)
    assert found[MAKER] == ("MKR", "Maker", 18, 1000, True)
    assert rejects() == {
        f"{A} 2 name": "name: has control characters",
        f"{A} 2 decimals": "decimals: no whole number from 0 to 77",
        f"{B} 1 name": "name: longer than 100 characters",
        f"{B} 1 decimals": "decimals: no whole number from 0 to 77",
        f"{B} 1 total_supply": "total_supply: no whole number of at most 78 digits",
        f"{D} 1 decimals": "decimals: no whole number from 0 to 77",
        f"{D} 1 total_supply": "total_supply: no whole number of at most 78 digits",
        f"{('not an address' * 9)[:100]} 1": "no address of a token",
        '{"page": 2} #0': "not readable as JSON",
    }


def test_a_character_that_no_text_can_hold_takes_neither_its_field_nor_its_row(
    dim, rejects
):
    rows = [
        (A, "BLD\0", "Build\ud800", "6", "5", 1),
        (B, "\0\0", "\ud83d\ude00 \\u0000", "6\0", "\0", 1),
        (C, "GOOD", "Good", "3", "7", 1),
    ]

    found = dim(token_page(rows))

    assert found[A] == ("BLD", "Build", 6, 5, False)
    assert found[B] == (None, "\U0001f600 \\u0000", None, None, False)
    assert found[C] == ("GOOD", "Good", 3, 7, False)
    assert rejects() == {
        f"{A} 1 symbol": f"symbol: {LEFT_OUT}",
        f"{A} 1 name": f"name: {LEFT_OUT}",
        f"{B} 1 symbol": f"symbol: {LEFT_OUT}",
        f"{B} 1 decimals": "decimals: no whole number from 0 to 77",
        f"{B} 1 total_supply": "total_supply: no whole number of at most 78 digits",
    }


@pytest.mark.parametrize("late", [False, True], ids=["in order", "late"])
def test_a_field_is_resolved_by_a_newer_answer_that_has_it_and_by_no_other(
    dim, rejects, late
):
    bad = token_page([(A, "A\0", "Again", "x", "1", 1)])
    better = token_page([(A, "A", "Again", "y", "1", 1)], FETCHED + DAY)
    first, then = (better, bad) if late else (bad, better)
    dim(first)

    found = dim(then)

    assert found[A] == ("A", "Again", None, 1, False)
    assert list(rejects()) == [f"{A} 1 decimals"]
    kept = rejects()
    assert dim(command="run") == found
    dim(token_page([(A, "A", "Again", "2", "1", 1)], FETCHED + 2 * DAY))
    assert (kept, rejects()) == ({f"{A} 1 decimals": kept[f"{A} 1 decimals"]}, {})


def test_of_two_rows_of_a_block_in_one_answer_the_last_counts_and_the_other_is_told(
    dim, rejects
):
    rows = [
        (A, "ONE", "One", "1", "1", 1),
        (A, "TWO", "Two", "2", "2", 1),
        (B, "SAME", "Same", "3", "3", 1),
        (B, "SAME", "Same", "3", "3", 1),
        (C, "OLD", "Old", "4", "4", 1),
        (C, "NEW", "New", "5", "5", 2),
    ]

    found = dim(token_page(rows))

    assert [found[token][0] for token in (A, B, C)] == ["TWO", "SAME", "NEW"]
    assert rejects() == {f"{A} 1": AGAIN}
    assert dim(token_page(rows[1:], FETCHED + DAY)) == found
    assert rejects() == {}


def test_a_row_without_a_time_stands_without_it_until_one_has_it(dim, rejects):
    request, payload, _ = token_page([(A, "A", "Again", "1", "1", 1)])
    page = json.loads(payload)
    page["rows"][0]["f"][5]["v"] = "soon"
    found = dim((request, json.dumps(page), FETCHED))
    assert found[A] == ("A", "Again", 1, 1, False)
    fault = "block_timestamp: no time of a block"
    assert rejects() == {f"{A} 1 block_timestamp": fault}

    dim((request, payload, FETCHED + DAY))

    assert rejects() == {}


def test_a_newer_answer_amends_an_older_one_never(dim):
    page = token_page([(A, "A", "Again", "1", "1", 1)], FETCHED + DAY)
    dim(page)

    assert dim(token_page([(A, "B", "Before", "2", "2", 1)]))[A][0] == "A"

    newer = token_page([(A, "C", "Come", "3", "3", 1)], FETCHED + 2 * DAY)
    increments = dim(newer)
    assert increments[A] == ("C", "Come", 3, 1 + 2, False)
    assert dim(command="run") == increments


def test_amendments_say_what_the_public_list_says(dim, tables):
    told = dim(token_page([(WETH, "WETH", "Wrapped", "18", "1", 1)]))

    assert {address: told[address][:3] for address in PUBLIC} == PUBLIC
    listed = tables.records("select * from staging.stg_token_amendments")
    assert {row["token_address"] for row in listed} == set(told) - {WETH}
    numbered = {row["token_symbol"] for row in listed if row["is_nft"]}
    assert numbered >= {"SOR", "UD"}
    assert not numbered & {"SAI", "MKR", "EOS", "DGD"}
