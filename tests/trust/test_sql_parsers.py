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


UNIT = "(?:[A-Z]{3}|[$¢£¤¥֏؋৲৳฿៛₠-₿])?"
FORM = re.compile(
    f"([-+(])? ?{UNIT} ?([-+])? ?([0-9.](?:[-+0-9., 'eE]*[0-9.])?) ?{UNIT} ?([-)])?"
)
PLAIN = re.compile(r"[0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30}")
GROUPED = re.compile(
    r"([1-9][0-9]{0,2}(,[0-9]{3}){1,9}|[1-9][0-9]?(,[0-9]{2}){1,13},[0-9]{3}"
    r"|[1-9][0-9]{0,2}([ '][0-9]{3}){1,9})(\.[0-9]{0,30})?"
)


def amount(text: str, mark: str = ".") -> Decimal | None:
    """Return the number that a text says, by the words of the macro's promise."""
    text = text.translate(
        str.maketrans("\u00a0\u202f\u2009\u2019\u2212", "   '-")
        | (str.maketrans(",.", ".,") if mark == "," else {})
    )
    found = FORM.fullmatch(text)
    if not found:
        return None
    before, inner, number, after = (group or "" for group in found.groups())
    sign = before + inner + after
    digits, _, exponent = number.replace("E", "e").partition("e")
    is_scaled = not exponent or re.fullmatch("[-+]?[0-9]{1,2}", exponent)
    is_whole = PLAIN.fullmatch(digits) or GROUPED.fullmatch(digits)
    has_end = "e" in number.lower() and not exponent
    if sign not in ("", "+", "-", "()") or not is_whole or not is_scaled or has_end:
        return None
    told = Decimal(re.sub("[, ']", "", digits)).scaleb(int(exponent or 0))
    return -told if sign in ("-", "()") else told


AMOUNTS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.integers(0, 10**32).map(lambda number: f"{number:,}"),
    st.tuples(DIGITS, st.sampled_from(",."), DIGITS).map("".join),
    st.tuples(st.sampled_from(("12,345", "1", "")), st.just("."), DIGITS).map("".join),
    st.lists(
        st.sampled_from(("-", "(", ")", "$", "NGN ", " ", "1", "234", ",", ".", "e3")),
        max_size=6,
    ).map("".join),
    TEXT,
)


@pytest.mark.parametrize("said", SAID)
@tried(40)
@given(many(AMOUNTS))
@example(["1\n", "\u0663", "1.\u0663", "9" * 31, "1,234,567.89", "12,34"])
@example([".50", "5.", "+1", "1E3", "1e-7", "(100.00)", "$ 1 234.5", "0,5", "1.234,50"])
def test_an_amount_is_the_number_that_python_reads_or_none(ask, said, texts):
    for mark in ".,":
        told = ask(MACRO.as_amount(said, f"'{mark}'"), texts)
        assert told == [amount(text, mark) for text in texts]


MIDNIGHT = re.compile(
    r"([ T]00:00(:00([.,]0+)?)?( ?(Z|UTC|\+00(:?00)?))?| 12:00(:00)? ?AM)\Z"
)


def day(text: str, order: str = "mdy") -> date | None:
    """Return the day that a text says, by the words of the macro's promise."""
    last = {"mdy": (3, 0, 2), "dmy": (3, 2, 0)}[order]
    for form, places in (
        (r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})", last),
        (r"([0-9]{1,2})(\.)([0-9]{1,2})\.([0-9]{4})", (3, 2, 0)),
        (r"([0-9]{4})([-/.])([0-9]{1,2})[-/.]([0-9]{1,2})", (0, 2, 3)),
    ):
        if found := re.fullmatch(form, MIDNIGHT.sub("", text)):
            try:
                told = date(*(int(found.groups()[at]) for at in places))
            except ValueError:
                return None
            return told if 1900 <= told.year < 2200 else None
    return None


DATES = st.one_of(
    st.dates().map(lambda told: f"{told:%m/%d/%Y}"),
    st.dates().map(str),
    st.tuples(DIGITS, DIGITS, DIGITS).map("/".join),
    st.tuples(
        st.dates().map(str) | st.dates().map(lambda told: f"{told:%d.%m.%Y}"),
        st.sampled_from((" 00:00:00", "T00:00:00Z", " 12:00:00 AM", " 00:01", "T")),
    ).map("".join),
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
    for order in ("mdy", "dmy"):
        told = ask(MACRO.as_date(said, f"'{order}'"), texts)
        assert told == [day(text, order) for text in texts]


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
