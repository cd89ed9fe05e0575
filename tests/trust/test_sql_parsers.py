"""The macros that read texts never raise, and read what Python reads.

Each example is many texts in one query; `TRUST_SEED` tries others.
"""

# ruff: noqa: S608 - the queries are of our own macros
import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import psycopg2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment

from tests.trust.hypotheses import tried
from warehouse import ROOT

MACROS = (
    *("as_amount", "as_date", "csv_rows", "epoch_to_timestamp", "json_body"),
    *("json_items", "query_body", "query_rows", "strict_json", "text_to_timestamp"),
)
SOURCES = [(ROOT / f"dbt_project/macros/{name}.sql").read_text() for name in MACROS]
MACRO = Environment(autoescape=False).from_string("\n".join(SOURCES)).module  # noqa: S701 - SQL
# a database may be of a locale that has more digits than ten
SAID = ("said", "(said collate pg_unicode_fast)")
# what the client can send: Postgres has neither NUL nor surrogates
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
DIGITS = st.text("0123456789\u0663\u00b2", min_size=1, max_size=4)


def many(texts: st.SearchStrategy) -> st.SearchStrategy:
    """Give what makes the texts of one query."""
    return st.lists(texts, min_size=1, max_size=40)


@pytest.fixture
def ask(database) -> Iterator[Callable]:
    """Return what gives an expression's value for each text, in one query."""
    with closing(psycopg2.connect(database.urls["transformer"])) as held:
        held.autocommit = True

        def ask(expression: str, texts: list, kind: str = "text") -> list:
            with held.cursor() as cursor:
                cursor.execute(
                    f"select {expression} from unnest(%s::{kind}[]) "
                    "with ordinality as sent (said, place) order by place",
                    (texts,),
                )
                return [value for (value,) in cursor.fetchall()]

        yield ask


def amount(text: str) -> Decimal | None:
    """Give the number that a text says, by the words of the macro's promise."""
    whole, point, part = text.partition(".")
    groups = whole.split(",")
    digits = all(each.isascii() and each.isdigit() for each in [*groups, part or "0"])
    is_grouped = len(groups) > 1 and len(groups[0]) <= 3
    is_grouped &= all(len(each) == 3 for each in groups[1:]) and len(groups) <= 10
    is_whole = len(groups) == 1 and len(whole) <= 30 or is_grouped
    if not digits or not is_whole or len(part) > 30 or (point and not part):
        return None
    return Decimal("".join(groups) + point + part)


AMOUNTS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.integers(0, 10**32).map(lambda number: f"{number:,}"),
    st.tuples(DIGITS, st.sampled_from(",."), DIGITS).map("".join),
    st.tuples(st.sampled_from(("12,345", "1", "")), st.just("."), DIGITS).map("".join),
    TEXT,
)


@pytest.mark.parametrize("said", SAID)
@tried(40)
@given(many(AMOUNTS))
@example(["1\n", "\u0663", "1.\u0663", "9" * 31, "1,234,567.89", "12,34"])
def test_an_amount_is_the_number_that_python_reads_or_none(ask, said, texts):
    assert ask(MACRO.as_amount(said), texts) == [amount(text) for text in texts]


def day(text: str) -> date | None:
    """Give the day that a text says, by the words of the macro's promise."""
    for form, order in (
        (r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", (2, 0, 1)),
        (r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", (0, 1, 2)),
    ):
        if found := re.fullmatch(form, text):
            parts = [int(found.groups()[at]) for at in order]
            try:
                told = date(*parts)
            except ValueError:
                return None
            return told if 1900 <= told.year < 2200 else None
    return None


DATES = st.one_of(
    st.dates().map(lambda told: f"{told:%m/%d/%Y}"),
    st.dates().map(str),
    st.tuples(DIGITS, DIGITS, DIGITS).map("/".join),
    st.tuples(st.integers(1890, 2210).map(str), DIGITS, DIGITS).map("-".join),
    TEXT,
)


@pytest.mark.parametrize("said", SAID)
@tried(40)
@given(many(DATES))
@example(
    ["02/29/2023", "2/9/2023", "2023-2-9", "02/29/2024", "1899-12-31", "2023-01-01\n"]
)
def test_a_day_is_the_one_that_python_reads_or_none(ask, said, texts):
    assert ask(MACRO.as_date(said), texts) == [day(text) for text in texts]


OFFSETS = st.integers(-15 * 60, 15 * 60).map(lambda minutes: timedelta(minutes=minutes))
EARLIEST, LATEST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001 - naive


@tried(40)
@given(
    many(
        st.tuples(
            st.datetimes(EARLIEST, LATEST),
            st.none() | OFFSETS,
            st.sampled_from(("T", " ")),
        )
    )
)
def test_a_time_is_the_instant_that_python_reads(ask, times):
    texts, expected = [], []
    for time, offset, between in times:
        sign = "-" if offset and offset < timedelta() else "+"
        hours, minutes = divmod(abs(offset or timedelta()) // timedelta(minutes=1), 60)
        end = "" if offset is None else f"{sign}{hours:02}:{minutes:02}"
        texts.append(time.isoformat(between) + end)
        expected.append(time.replace(tzinfo=UTC) - (offset or timedelta()))

    asked = f"({MACRO.text_to_timestamp('said')}) at time zone 'utc'"
    found = ask(f"to_char({asked}, 'YYYY-MM-DD HH24:MI:SS.US')", texts)

    assert found == [f"{time:%Y-%m-%d %H:%M:%S.%f}".zfill(26) for time in expected]


@tried(40)
@given(many(st.datetimes(datetime(1974, 1, 1), datetime(2100, 1, 1))))  # noqa: DTZ001
def test_an_epoch_is_the_same_instant_in_milliseconds_and_in_microseconds(ask, times):
    times = [
        time.replace(microsecond=time.microsecond // 1000 * 1000) for time in times
    ]
    moments = [time.replace(tzinfo=UTC) for time in times]
    milliseconds = [round(time.timestamp() * 1000) for time in moments]
    asked = MACRO.epoch_to_timestamp("said")

    assert ask(asked, milliseconds, "numeric") == moments
    assert ask(asked, [each * 1000 for each in milliseconds], "numeric") == moments


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
POISON = st.sampled_from((r'"\u0000"', r'"a\ud800b"', r'{"\udc00": 1}', "1e999999"))
ARRAYS = st.lists(ITEMS.map(json.dumps) | POISON, max_size=5)


def read(text: str) -> object:
    """Give what JSON says, exactly; null for what Postgres can't hold."""
    item = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    said = json.dumps(item, default=str, ensure_ascii=False)
    is_held = not re.search("[\ud800-\udfff]", said) and r"\u0000" not in said
    return item if is_held and text != "1e999999" else None


@tried(60)
@given(many(ARRAYS))
def test_each_item_of_an_array_comes_as_it_was_sent_or_as_none_at_its_place(
    ask, arrays
):
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


@pytest.mark.parametrize("name", ["json_body", "query_body", "strict_json"])
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
    """Give a CSV text, as Python's own writer has it."""
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
        "(select array_agg(item::text order by item_position) "
        f"from {MACRO.csv_rows('said')} as line)"
    )

    for rows, found in zip(tables, ask(asked, texts), strict=True):
        kept = [[cell.strip(" \t") or None for cell in row] for row in rows]
        told = [list(json.loads(text).values()) for text in found or []]
        assert told == [row for row in kept if any(row)]


@tried(60)
@given(many(TEXT | st.text('a1",\n\r \t\ufeff', max_size=30)))
def test_no_csv_is_too_broken_to_be_read(ask, texts):
    counts = ask(f"(select count(*) from {MACRO.csv_rows('said')} as line)", texts)

    assert len(counts) == len(texts)


def test_no_pattern_asks_for_digits_by_a_class_that_follows_the_locale():
    found = [
        str(path.relative_to(ROOT))
        for folder in ("macros", "models", "functions", "tests")
        for path in (ROOT / "dbt_project" / folder).rglob("*.sql")
        if r"\d" in path.read_text()
    ]
    assert found == []
