"""A day of transfers is what its newest whole answer says, down to the last digit."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from tests.dbt_project.transfers import ether
from tests.dbt_project.transfers.ether import FIRST, SECOND, truth
from tests.support.database import kept
from tests.support.raw import Raw
from tests.support.rejections import assert_coded
from tests.support.transfers import (
    DAY,
    FETCHED,
    MODELS,
    START,
    TRANSFERS,
    UNKNOWN,
    Transfer,
    built_days,
    built_transfers,
    transfers,
)
from warehouse.__main__ import main

MARTS = (
    "marts.dim_tokens",
    "marts.fct_token_transfers",
    "marts.fct_token_transfers_1d",
)
REJECTED = "staging.stg_ethereum__token_transfers__rejected"
NEWS = FETCHED + timedelta(hours=1)
AGAIN = replace(FIRST, job="again", fetched_at=NEWS)


@pytest.fixture
def ethereum(database, dbt):
    """Return two days of transfers, with tokens and prices, landed and built."""
    kept(database, "ethereum", lambda: ether.build(Raw(database), dbt))
    raw = Raw(database)
    for _ in range(5):
        raw.next_id()
    return raw


@pytest.fixture
def arrive(ethereum, dbt, tables):
    """Return what lands answers and builds, and compares with the truth of them all."""

    def arrive(*answers):
        for answer in answers:
            ethereum.land_answers(TRANSFERS, answer.pages())
        dbt("build", *MODELS)
        assert_marts(tables, truth(*answers))

    return arrive


def assert_marts(tables, expected):
    assert built_transfers(tables) == expected.transfers()
    assert built_days(tables) == expected.daily()


def rejects(tables):
    """Return day and reason of each reject."""
    assert_coded(tables.database, REJECTED)
    found = tables.records(f"select * from {REJECTED} order by record_key")  # noqa: S608
    return [(str(row["block_date"]), row["reason"]) for row in found]


def bits(tables):
    """Return the marts as text, but for when and by which build they came."""
    sql = "select (to_jsonb(mart) - 'updated_at' - 'changed_in')::text as said from {}"
    return {
        mart: sorted(
            row["said"] for row in tables.records(sql.format(f"{mart} as mart"))
        )
        for mart in MARTS
    }


def test_a_first_build_says_what_python_does_down_to_78_digits(ethereum, tables):
    expected = truth()

    assert_marts(tables, expected)
    told = expected.transfers().values()
    assert max(len(str(row[5])) for row in told) >= 77
    assert {row[4] for row in told if row[1] == UNKNOWN and row[6] is None}
    assert sum(row[7] is not None for row in told) > 40
    assert {index for _, index in expected.transfers()} >= {0}


def test_a_second_build_and_a_day_asked_again_write_no_row_of_a_mart(
    ethereum, dbt, tables
):
    before = tables.all_row_versions()
    dbt("build", *MODELS)
    assert tables.all_row_versions() == before

    ethereum.land_answers(TRANSFERS, AGAIN.pages())
    dbt("build", *MODELS)

    names = [*MARTS, "staging.stg_ethereum__token_transfers"]
    assert {name: tables.row_versions(name) for name in names} == {
        name: before[name] for name in names
    }


def test_an_answer_of_another_form_says_the_same(ethereum, dbt, tables):
    before = tables.all_row_versions()

    ethereum.land_answers(TRANSFERS, replace(AGAIN, indent=1).pages())
    dbt("build", *MODELS)

    staged = "staging.stg_ethereum__token_transfers"
    assert tables.row_versions(staged) == before[staged]
    assert_marts(tables, truth())


def test_a_day_asked_again_is_replaced_whole_and_so_are_its_sums(arrive, tables):
    block = FIRST.rows[6].block
    kept_rows = [row for row in FIRST.rows[:-1] if row.block != block]
    revised = replace(kept_rows[0], amount=2**256 - 1, token=UNKNOWN)
    new = Transfer(START + timedelta(hours=5), 500, UNKNOWN, 1, log_index=3)

    arrive(replace(AGAIN, rows=[revised, *kept_rows[1:], new]))

    hashes = {transaction for transaction, _ in built_transfers(tables)}
    assert FIRST.rows[6].transaction not in hashes
    assert FIRST.rows[-1].transaction not in hashes


def test_a_day_that_has_nothing_any_more_is_emptied(arrive, tables):
    arrive(replace(AGAIN, rows=[]))

    assert {day for day, _ in built_days(tables)} == {(START + DAY).date()}


def test_part_of_an_answer_changes_nothing_until_the_late_page_comes(
    ethereum, dbt, tables
):
    before = bits(tables)
    fewer = replace(AGAIN, rows=FIRST.rows[:80], page_rows=30)
    first, late, last = fewer.pages()

    ethereum.land_answers(TRANSFERS, [first, last])
    dbt("build", *MODELS)
    assert bits(tables) == before
    assert rejects(tables) == [("2024-03-04", "not a whole answer: 50 rows of 80")]

    ethereum.land_answers(TRANSFERS, [late])
    dbt("build", *MODELS)
    assert_marts(tables, truth(fewer))
    assert rejects(tables) == []


def test_neither_a_trial_nor_an_older_answer_replaces_a_day(arrive):
    arrive(
        replace(AGAIN, rows=FIRST.rows[:5], limit=5),
        replace(FIRST, rows=[], job="old", fetched_at=FETCHED - DAY),
    )


def test_a_transaction_that_moved_to_another_day_stands_in_one(arrive, tables):
    moved = replace(FIRST.rows[3], at=START + DAY + timedelta(hours=1))

    arrive(replace(SECOND, job="again", rows=[*SECOND.rows, moved], fetched_at=NEWS))

    assert built_transfers(tables)[moved.key][0] == moved.at
    staged = tables.records("select * from staging.stg_ethereum__token_transfers")
    assert len(staged) == len(built_transfers(tables)) + 1


def test_what_can_not_be_used_is_rejected_and_the_rest_stands(ethereum, dbt, tables):
    good = Transfer(START + timedelta(hours=1, seconds=36), 700, UNKNOWN, 7)
    odd = {
        "no address of a token": (0, "not an address"),
        "no amount": (3, "1e9"),
        "no hash of a transaction": (4, None),
        "no log index": (5, "-1"),
        "no block time": (6, "1.709E9"),
        "no number of a block": (7, ""),
        "no hash of a block": (8, "0x" + "g" * 64),
        "not of the day that was asked": (
            6,
            str((START - DAY).timestamp())[:-2] + "0" * 6,
        ),
    }
    rows = [
        [value if place == at else cell for at, cell in enumerate(good.cells)]
        for place, value in odd.values()
    ]
    other = replace(good, amount=8)

    ethereum.land_answers(
        TRANSFERS, replace(AGAIN, rows=[other, good.cells, good, *rows]).pages()
    )
    dbt("build", *MODELS)

    day = [row for row in built_transfers(tables).values() if row[0] < START + DAY]
    assert [(row[0], row[5]) for row in day] == [(good.at, 7)]
    assert sorted(reason for _, reason in rejects(tables)) == sorted(
        [*odd, *["its key comes again further down"] * 2]
    )


@pytest.mark.parametrize("indent", [None, 1], ids=["own form", "another form"])
def test_a_cell_of_the_wrong_size_is_rejected_as_it_came(ethereum, dbt, tables, indent):
    good = Transfer(START + timedelta(hours=1, seconds=36), 700, UNKNOWN, 7)
    wrong = {
        "no address of a token": (0, "0x12"),
        "no amount": (3, "1" * 79),
        "no hash of a transaction": (4, "0x" + "1" * 63),
        "no log index": (5, "1" * 10),
        "no block time": (6, "1" * 14),
        "no number of a block": (7, "1" * 19),
        "no hash of a block": (8, "0x" + "1" * 65),
        "not of the day that was asked": (6, "1" * 16),
    }
    rows = {
        reason: [value if place == at else cell for at, cell in enumerate(good.cells)]
        for reason, (place, value) in wrong.items()
    }
    answer = replace(AGAIN, rows=[good, *rows.values(), good], indent=indent)

    ethereum.land_answers(TRANSFERS, answer.pages())
    dbt("build", *MODELS)

    found = tables.records(f"select reason, item from {REJECTED}")  # noqa: S608
    rows["its key comes again further down"] = good.cells
    assert {row["reason"]: row["item"] for row in found} == {
        reason: {"f": [{"v": cell} for cell in cells]} for reason, cells in rows.items()
    }
    assert len(found) == len(rows)
    day = [row for row in built_transfers(tables).values() if row[0] < START + DAY]
    assert [(row[0], row[5]) for row in day] == [(good.at, 7)]


@pytest.mark.parametrize(
    "text",
    [
        '{"totalRows":"1","other":{"rows":ROWS}}',
        '{"totalRows":"1","rows":"none","other":{"rows":ROWS}}',
        '{"totalRows":"1","rows":ROWS,"rows":"none"}',
        '{"totalRows":"1","rows":ROWS',
        '{"totalRows":"1","rows":ROWS}}',
        '{"totalRows":"2","rows":ROWS}',
    ],
)
def test_rows_that_are_not_the_answers_own_replace_no_day(ethereum, dbt, tables, text):
    before = bits(tables)
    [(request, said, at)] = replace(AGAIN, rows=FIRST.rows[-1:]).pages()
    rows = said[said.index("[") : said.rindex("]") + 1]

    ethereum.land_answers(TRANSFERS, [(request, text.replace("ROWS", rows), at)])
    dbt("build", *MODELS)

    assert bits(tables) == before
    assert [reason[:18] for _, reason in rejects(tables)] == ["not a whole answer"]


def test_any_order_of_arrival_and_a_full_refresh_give_the_same_bytes(
    ethereum, dbt, tables, database
):
    news = replace(AGAIN, rows=[*FIRST.rows[5:], *transfers(9, salt="f")])
    answers = [FIRST, SECOND, news, replace(SECOND, job="same", fetched_at=NEWS)]
    for answer in answers[2:]:
        ethereum.land_answers(TRANSFERS, answer.pages())
    dbt("build", *MODELS)
    expected = bits(tables)

    dbt("run", "--full-refresh", *MODELS)
    assert bits(tables) == expected

    pages = [page for answer in answers * 2 for page in answer.pages()]
    Random(3).shuffle(pages)  # noqa: S311 - no secret
    for table in ("raw.ethereum__token_transfers", "ops.loads_read"):
        database.query(f"delete from {table}", role="admin")  # noqa: S608 - a table of ours
    dbt("run", "--full-refresh", "--vars", "{rebuild_pruned: true}", *MODELS)
    for part in (pages[::3], pages[1::3], pages[2::3]):
        ethereum.land_answers(TRANSFERS, part)
        dbt("run", *MODELS)
    assert {mart: bits(tables)[mart] for mart in MARTS[1:]} == {
        mart: expected[mart] for mart in MARTS[1:]
    }
    assert built_transfers(tables)


@pytest.mark.parametrize(
    "model", ["dim_tokens", "fct_token_transfers", "fct_token_transfers_1d"]
)
def test_a_rebuild_of_days_reads_at_least_these_again(ethereum, dbt, tables, model):
    """Of an upstream without times in its key all, and of one by day that day."""
    right = tables.records(f"select * from marts.{model} order by 1, 2")  # noqa: S608 - a table of ours
    spoilt = "token_name" if model == "dim_tokens" else "amount"
    ethereum.database.query(f"update marts.{model} set {spoilt} = null")  # noqa: S608 - a table of ours

    assert main(["rebuild", model, "--from", START.isoformat()]) == 0
    dbt("run", "-s", model)

    for row, mended in zip(
        right,
        tables.records(f"select * from marts.{model} order by 1, 2"),  # noqa: S608 - a table of ours
        strict=True,
    ):
        assert mended[spoilt] == row[spoilt]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("is_same", [True, False])
def test_of_two_transfers_at_one_place_of_a_block_the_last_counts(
    ethereum, dbt, tables, is_same, indent
):
    rows = [replace(row, giver="0x" + "1" * 40) for row in FIRST.rows]
    first = rows[7]
    # the same twice, or two transactions that say they have the same log of a block
    twin = first if is_same else replace(first, place=5_000, amount=17)
    answer = replace(AGAIN, rows=[*rows[:20], twin, *rows[20:], rows[9]], indent=indent)
    ethereum.land_answers(TRANSFERS, answer.pages())

    dbt("build", *MODELS)

    kept_rows = [row for row in rows if row.key != first.key] + [twin]
    day = replace(AGAIN, rows=kept_rows)
    assert_marts(tables, truth(day))
    told = {
        True: "its key comes again further down",
        False: "its place in the block comes again further down",
    }
    reasons = sorted(reason for _, reason in rejects(tables))
    assert reasons == sorted([told[is_same], told[True]])
    dbt("run", "--full-refresh", *MODELS)
    assert_marts(tables, truth(day))
    assert sorted(reason for _, reason in rejects(tables)) == reasons


def test_a_block_that_is_told_of_two_days_stops_neither(ethereum, dbt, tables):
    class Elsewhere(Transfer):
        """A transfer of the second day that names a block of the first."""

        @property
        def cells(self):
            first = FIRST.rows[3].cells
            return [*Transfer.cells.fget(self)[:8], first[8]]

    other = Elsewhere(START + DAY, 700, UNKNOWN, 1)
    answer = replace(SECOND, rows=[*SECOND.rows, other], job="x", fetched_at=NEWS)
    ethereum.land_answers(TRANSFERS, answer.pages())

    dbt("build", *MODELS)

    assert_marts(tables, truth(answer))
