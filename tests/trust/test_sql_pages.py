"""The macros that take pages apart never raise, and lose and change nothing.

Each example is many texts in one query; `TRUST_SEED` tries others.
"""

# ruff: noqa: S608 - the queries are of our own macros
import csv
import json
import re
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.loan_reading import reading_of
from ingestion.sources.loans import FILES
from tests.support.loan_files import HEADINGS
from tests.trust.hypotheses import MACRO, TEXT, many, tried

SAFE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
NUMBERS = st.one_of(
    st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=9).map(str)
)
ITEMS = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, SAFE),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(SAFE, inner, max_size=3)
    ),
    max_leaves=6,
)
MENDED = {
    r'"\u0000"': "\ufffd",
    r'"a\ud800b"': "a\ufffdb",
    r'{"\udc00": 1}': {"\ufffd": 1},
    "1e999999": None,
}
POISON = st.sampled_from(tuple(MENDED))
ARRAYS = st.lists(ITEMS.map(json.dumps) | POISON, max_size=5)


def read(text: str) -> object:
    """Return what JSON says, exactly, U+FFFD where Postgres can't hold a character."""
    if text in MENDED:
        return MENDED[text]
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@tried(60)
@given(many(ARRAYS))
def test_each_item_of_an_array_comes_as_it_was_sent_or_mended_at_its_place(ask, arrays):
    texts = [f"[{', '.join(array)}]" for array in arrays]
    items = MACRO.json_items("said", "pg_input_is_valid(said, 'jsonb')")
    asked = (
        f"(select array_agg(item::text order by item_position) from {items} as part)"
    )

    for array, found in zip(arrays, ask(asked, texts), strict=True):
        told = [
            None
            if text is None
            else json.loads(text, parse_float=Decimal, parse_int=Decimal)
            for text in found or []
        ]
        assert told == [read(item) for item in array]


UNITS = st.sampled_from(
    (r"\u0000", r"\ud83d", r"\ude00", "\\\\", r"\n", "a", "u0000", "ud83d", "0", "é")
)


@tried(60)
@given(many(st.lists(UNITS, max_size=8).map("".join)))
def test_what_no_text_can_hold_is_replaced_and_all_else_stays(ask, texts):
    """However backslashes, halves and words are mixed, and as Python reads them."""
    found = ask(f"({MACRO.json_body('said')}) #>> '{{}}'", [f'"{t}"' for t in texts])

    for text, told in zip(texts, found, strict=True):
        meant = re.sub("[\ud800-\udfff\0]", "\ufffd", json.loads(f'"{text}"'))
        assert told == meant


WORDS = st.sampled_from(
    ("NaN", "Infinity", "-Infinity", "[", "]", "{", "}", ":", ",", '"')
)
BROKEN = st.one_of(
    TEXT,
    st.lists(st.one_of(WORDS, POISON, ITEMS.map(json.dumps)), max_size=8).map(" ".join),
    ITEMS.map(json.dumps),
    st.lists(ITEMS.map(json.dumps) | POISON | WORDS, max_size=4).map(
        lambda cells: f'{{"rows": [{", ".join(cells)}]}}'
    ),
)


@pytest.mark.parametrize("name", ["json_body", "strict_json"])
@tried(60)
@given(many(BROKEN))
def test_no_text_is_too_broken_to_be_read_and_json_stays_what_it_is(ask, name, texts):
    found = ask(f"({getattr(MACRO, name)('said')})::text", texts)
    plain = ask("pg_input_is_valid(said, 'jsonb')", texts)

    assert len(found) == len(texts)
    for text, told, is_plain in zip(texts, found, plain, strict=True):
        if is_plain:
            assert _exactly(told) == _exactly(text)


def _exactly(text: str) -> object:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@pytest.mark.parametrize("name", ["json_items", "query_rows"])
@tried(60)
@given(many(BROKEN))
def test_no_page_is_too_broken_to_be_taken_apart(ask, name, texts):
    is_plain = "said is json array and pg_input_is_valid(said, 'jsonb')"
    words = {"json_items": ("said", f"({is_plain})"), "query_rows": ("said",)}[name]
    rows = getattr(MACRO, name)(*words)

    counts = ask(f"(select count(*) from {rows} as part)", texts)

    assert len(counts) == len(texts)


FIELDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z"), include_characters=' ",\n'),
    max_size=6,
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(FIELDS, min_size=width, max_size=width), min_size=1, max_size=5
    )
)


def written(rows: list[list[str]]) -> str:
    """Return a CSV text, as Python's own writer has it."""
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


@tried(60)
@given(many(TABLES))
def test_the_rows_of_a_csv_are_those_that_python_wrote(ask, tables):
    headings = [[f"column {at}" for at, _ in enumerate(rows[0])] for rows in tables]
    texts = [
        written([heading, *rows])
        for heading, rows in zip(headings, tables, strict=True)
    ]
    asked = (
        "(select array_agg(to_jsonb(fields)::text order by line_number) "
        f"from {MACRO.csv_lines('said')} as line)"
    )

    for rows, heading, found in zip(tables, headings, ask(asked, texts), strict=True):
        kept = [[cell.strip(" \t\u00a0") or None for cell in row] for row in rows]
        told = [json.loads(text) for text in found or []]
        assert told == [heading, *(row for row in kept if any(row))]


@tried(60)
@given(many(TEXT | st.text('a1",\n\r \t\ufeff', max_size=30)))
def test_no_csv_is_too_broken_to_be_read(ask, texts):
    counts = ask(f"(select count(*) from {MACRO.csv_lines('said')} as line)", texts)

    assert len(counts) == len(texts)


LINES = st.lists(
    st.text('LP1234567890.,/-;"\n (fk)', max_size=12) | TEXT, max_size=8
).map(",".join)


@tried(40)
@given(many(LINES), st.sampled_from(sorted(FILES)))
def test_every_file_of_a_loan_book_is_judged_whatever_it_is(ask, texts, file):
    headed = [f"{HEADINGS[file]}\n{text}" for text in texts]
    asked = reading_of(f"'{file}.csv'", "said", "null", "null")
    usable = f"(select coalesce(unusable, '') from {asked} as reading)"

    assert all(ask(usable, texts))
    assert len(ask(usable, headed)) == len(headed)
