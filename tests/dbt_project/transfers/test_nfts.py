"""What is transferred of an NFT is a piece's number, which nobody adds up."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.raw import Raw
from tests.support.transfers import (
    MODELS,
    PLAIN,
    START,
    TOKENS,
    TRANSFERS,
    UNKNOWN,
    Answer,
    Transfer,
    token_page,
)
from warehouse.ledger import rebuild

SORARE = "0x629a673a8242c2ac4b7b8c5d8735fbeac21a6205"
NAMES = "0x57f1887a8bf19b14fc0df6fd9b2acc9af147ea85"
PIECE = 2**254
ROWS = [
    Transfer(START + timedelta(seconds=12 * place), place, token, PIECE + place)
    for place, token in enumerate([SORARE, SORARE, NAMES, PLAIN, PLAIN, UNKNOWN])
]
TOLD = [
    (SORARE, "SOR", "Sorare", "0", "1000", 7),
    (NAMES, "ENS", "Names", "0", "1000", 7),
    (PLAIN, "PLAIN", "Plain", "0", "1000", 7),
    (UNKNOWN, "DEEP", "Deep", "18", "1000", 7),
]


@pytest.fixture
def daily(database, dbt, tables):
    """Return what looks up the day's count, amount and worth of each token."""
    raw = Raw(database)
    raw.land_answers(TOKENS, [token_page(TOLD)])
    raw.land_answers(TRANSFERS, Answer(ROWS).pages())
    dbt("run", "-s", "+fct_token_transfers_1d")
    return lambda: {
        row["token_address"]: (row["transfer_count"], row["amount"], row["value_usd"])
        for row in tables.records("select * from marts.fct_token_transfers_1d")
    }


def test_an_nft_of_the_list_has_no_amounts_single_or_summed_and_is_counted(
    daily, tables
):
    assert daily() == {
        SORARE: (2, None, None),
        NAMES: (1, None, None),
        PLAIN: (2, 2 * PIECE + 7, None),
        UNKNOWN: (1, Decimal(f"{PIECE + 5}e-18"), None),
    }
    single = tables.records(
        "select token_address, amount_raw, amount from marts.fct_token_transfers"
    )
    assert {row["amount"] for row in single if row["token_address"] == SORARE} == {None}
    assert {int(row["amount_raw"]) for row in single} == {row.amount for row in ROWS}


def test_a_changed_list_reaches_single_amounts_and_sums(daily, dbt, database):
    expected = daily()
    for table in ("staging.stg_token_amendments", "marts.dim_tokens"):
        database.query(
            f"update {table} set is_nft = not is_nft where token_address = %s",  # noqa: S608 - a table of ours
            SORARE,
        )
    rebuild("stg_token_amendments", None, None)
    rebuild("dim_tokens", None, None)
    database.query("update marts.fct_token_transfers set amount = amount_raw")
    database.query("update marts.fct_token_transfers_1d set amount = 1")

    dbt("build", *MODELS)  # the list says otherwise

    assert daily()[SORARE] == expected[SORARE]


def test_a_token_of_no_decimals_whose_day_is_beyond_reason_is_named_in_a_warning(
    daily, dbt, tables
):
    results = dbt("test", "-s", "fct_token_transfers_1d", check=False)

    (warned,) = [each for each in results if "adds_up_amounts" in each.node.name]
    assert (str(warned.status), warned.failures) == ("warn", 1)
    (named,) = tables.records(warned.node.compiled_code)
    assert (named["token_address"], named["token_symbol"]) == (PLAIN, "PLAIN")
