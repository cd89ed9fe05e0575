"""Exact numbers: which decimal a column gets, and what when that is too small."""

import json
import random
from decimal import Decimal

import pytest

from tests.warehouse.export.printed import digest

pytestmark = pytest.mark.export

AMOUNTS = """
create table marts.fct_amounts (
    id integer not null, paid_at timestamptz not null, amount numeric,
    changed_in bigint not null, primary key (id, paid_at)
)
"""
ADDED = "insert into marts.fct_amounts values ({}, '{}', {}, {{version}})"


@pytest.fixture
def amounts(marts, reader):
    """Return what adds an amount, exports it, reads it back and returns the type."""

    def add(number: int, amount: str, day: str = "2024-05-05") -> str:
        marts.build("fct_amounts", ADDED.format(number, f"{day} 00:00+00", amount))
        marts.export()
        read = {"fct_amounts": "id, amount"}
        rows = marts.query("select id, amount from marts.fct_amounts")
        table = marts.table("fct_amounts").scan().to_arrow()
        values = [table.column(name).to_pylist() for name in ("id", "amount")]
        assert digest(zip(*values, strict=True)) == digest(rows)
        found = reader("duckdb", marts.iceberg, asked=json.dumps(read))
        assert found["fct_amounts"] == digest(rows)
        return field(marts)[1]

    marts.build("fct_amounts", AMOUNTS)
    add.marts = marts
    return add


def field(marts):
    found = marts.table("fct_amounts").schema().find_field("amount")
    return found.field_id, str(found.field_type)


def test_numbers_of_all_scales_come_back_to_the_last_digit(marts):
    """Arrow makes wrong numbers of text, without an error, beyond 128 bits."""
    chosen = random.Random(7)  # noqa: S311 - the same each time
    values = []
    for number in range(6000):
        digits, scale = chosen.randint(1, 7), chosen.randint(0, 28)
        whole, part = chosen.randrange(10**digits), chosen.randrange(10**scale)
        sign = chosen.choice("+-")
        values.append(
            f"({number}, '2024-05-05', {sign}{whole}.{part:0{scale or 1}}, 1)"
        )
    marts.build(
        "fct_amounts",
        AMOUNTS,
        f"insert into marts.fct_amounts values {','.join(values)}",  # noqa: S608 - ours
    )

    marts.export()

    assert field(marts)[1] == "decimal(38, 28)"
    rows = marts.query("select id, amount from marts.fct_amounts")
    table = marts.table("fct_amounts").scan().to_arrow()
    found = [table.column(name).to_pylist() for name in ("id", "amount")]
    assert dict(zip(*found, strict=True)) == dict(rows)


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        ("12.50", "decimal(18, 8)"),
        ("1234567.00000001", "decimal(18, 8)"),
        ("12345678.5", "decimal(38, 8)"),
        ("0.000000001", "decimal(38, 18)"),
        ("1e-20", "decimal(38, 24)"),
        ("1e-28", "decimal(38, 28)"),
        ("1e-30", "string"),
        ("1e29", "string"),
        ("'NaN'", "string"),
        ("null", "decimal(38, 18)"),
    ],
)
def test_a_type_holds_what_is_there_and_leaves_digits_to_spare(marts, amount, wanted):
    added = ADDED.format(1, "2024-05-05 00:00+00", amount)
    marts.build("fct_amounts", AMOUNTS, added)

    marts.export()

    assert field(marts)[1] == wanted


def test_more_digits_before_the_point_widen_a_column_and_rewrite_no_file(amounts):
    assert amounts(1, "12.5", "2023-05-05") == "decimal(18, 8)"
    before = field(amounts.marts), paths(amounts.marts)

    assert amounts(2, "99999999999999.25") == "decimal(38, 8)"

    assert field(amounts.marts)[0] == before[0][0]
    assert before[1] < paths(amounts.marts)


def test_more_digits_behind_it_are_another_column_and_all_files_anew_at_once(amounts):
    """Under the same field id readers would read old files by the new scale."""
    assert amounts(1, "1.25", "2023-05-05") == "decimal(18, 8)"
    before = field(amounts.marts), paths(amounts.marts)
    count = len(amounts.marts.table("fct_amounts").snapshots())

    assert amounts(2, "0.000000000125") == "decimal(38, 18)"

    assert field(amounts.marts)[0] != before[0][0]
    assert not before[1] & paths(amounts.marts)
    assert len(amounts.marts.table("fct_amounts").snapshots()) == count + 1


def test_what_no_decimal_holds_becomes_text_and_stays_it(amounts):
    amounts(1, "1.25", "2023-05-05")
    assert amounts(2, "2::numeric ^ 200") == "string"

    amounts.marts.build("fct_amounts", "delete from marts.fct_amounts where id = 2")
    assert amounts(3, "7.5") == "string"


def paths(marts):
    tasks = marts.table("fct_amounts").scan().plan_files()
    return {task.file.file_path for task in tasks}


def test_a_column_that_came_and_one_that_went_are_so_in_the_table(amounts):
    amounts(1, "1.25")
    amounts.marts.build(
        "fct_amounts",
        "alter table marts.fct_amounts add note text default 'none'",
        "alter table marts.fct_amounts drop amount",
    )

    amounts.marts.export()

    assert amounts.marts.exported("fct_amounts") == amounts.marts.rows("fct_amounts")


@pytest.mark.parametrize("moment", ["infinity", "0044-03-15 00:00+00 BC"])
def test_a_time_that_iceberg_does_not_know_fails_with_a_sentence(marts, moment):
    marts.build("fct_amounts", AMOUNTS, ADDED.format(1, moment, 1))
    marts.build("fct_others", AMOUNTS.replace("fct_amounts", "fct_others"))

    said = marts.export(status=1)

    assert "fct_amounts was not exported (" in said
    assert "fct_others: whole" in said


def test_a_row_that_is_longer_than_a_block_fails_with_a_sentence(marts):
    marts.build(
        "fct_texts",
        "create table marts.fct_texts as "
        "select number as id, repeat('x', 20000000) as words, 1 as changed_in "
        "from generate_series(1, 3) as numbers (number)",
    )

    assert "fct_texts was not exported (" in marts.export(status=1)


def test_the_least_decimals_are_exact_too(amounts):
    amounts(1, "0.00000001")
    amounts(2, "-9999999.99999999")

    assert Decimal("-9999999.99999999") in {
        amount for _, _, amount, _ in amounts.marts.exported("fct_amounts")
    }
