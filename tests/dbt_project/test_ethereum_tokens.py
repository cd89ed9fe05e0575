"""Of each token the newest that makes sense, whatever its contract tells."""

import pytest

from tests.dbt_project.raw import Raw
from tests.dbt_project.transfers import DAY, FETCHED, TOKENS, WETH, token_page

MODELS = ("-s", "stg_ethereum__tokens*", "stg_token_amendments", "dim_tokens")
MAKER = "0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2"
A, B, C, D = (f"0x{digit * 40}" for digit in "abcd")
NUMBER = str(2**256 - 1)


@pytest.fixture
def dim(database, dbt, tables):
    """Return what lands pages and builds, and gives dim_tokens by address."""
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


def test_junk_is_null_or_rejected_and_older_sense_stands_before_newer_nonsense(
    dim, tables
):
    rows = [
        (A, "OLD", "Old", "6", "5", 1),
        (A, "NEW", "Name\nof two lines", "300", NUMBER, 2),
        (B, " ", "N" * 10_000, "1e9", "-1", 1),
        (C.upper().replace("X", "x"), None, None, "", None, 1),
        (D, "TOO", "Many", "78", NUMBER + "0", 1),
        ("not an address", "NONE", "None", "1", "1", 1),
        (WETH, "W\0", "nul", "18", "1", 1),
        (MAKER, None, None, None, "1000", 1),
    ]

    found = dim(token_page(rows), ('{"page":2}', "<html>", FETCHED))

    assert found[A] == ("NEW", "Old", 6, int(NUMBER), False)
    assert found[B] == (None, None, None, None, False)
    assert found[C] == (None, None, None, None, False)
    assert found[D] == ("TOO", "Many", None, None, False)
    assert found[MAKER] == ("MKR", "Maker", 18, 1000, True)
    assert WETH not in found
    assert set(found) - {A, B, C, D} == {
        row["token_address"]
        for row in tables.records("select * from staging.stg_token_amendments")
    }
    rejected = tables.records("select * from staging.stg_ethereum__tokens__rejected")
    assert sorted(row["reason"] for row in rejected) == [
        "no address of a token",
        "not readable as JSON",
        "not readable as JSON",
    ]


def test_a_newer_answer_amends_an_older_one_never(dim):
    page = token_page([(A, "A", "Again", "1", "1", 1)], FETCHED + DAY)
    dim(page)

    assert dim(token_page([(A, "B", "Before", "2", "2", 1)]))[A][0] == "A"

    newer = token_page([(A, "C", "Come", "3", "3", 1)], FETCHED + 2 * DAY)
    increments = dim(newer)
    assert increments[A] == ("C", "Come", 3, 1 + 2, False)
    assert dim(command="run") == increments
