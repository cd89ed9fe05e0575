"""The macros that read numbers and times never raise, and read what Python reads.

Each example is many texts in one query; `TRUST_SEED` tries others.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.trust.hypotheses import MACRO, TEXT, many, tried
from warehouse import ROOT

# a database may be of a locale that has more digits than ten
SAID = ("said", "(said collate pg_unicode_fast)")
DIGITS = st.text("0123456789\u0663\u00b2", min_size=1, max_size=4)


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


def test_no_pattern_asks_for_digits_by_a_class_that_follows_the_locale():
    found = [
        str(path.relative_to(ROOT))
        for folder in ("macros", "models", "functions", "tests")
        for path in (ROOT / "dbt_project" / folder).rglob("*.sql")
        if r"\d" in path.read_text()
    ]
    assert found == []
