"""The ECB's stand-in: banking days in two zips, recorded or generated."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent / "recorded/ecb/eurofxref-hist.csv"


def csv_of(stand_in, file):
    """Return name and lines of the one CSV in a zip."""
    answer = stand_in.get(f"/ecb/{file}.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        return name, archive.read(name).decode().splitlines()


def days(lines):
    """Return the days of a history, as they come."""
    return [date.fromisoformat(line.split(",")[0]) for line in lines[1:]]


def test_the_recorded_year_comes_back_as_it_is_written(recorded):
    name, lines = csv_of(recorded, "eurofxref-hist")

    assert name == "eurofxref-hist.csv"
    assert lines == RECORDED.read_text().splitlines()


def test_a_recording_ends_where_the_clock_stands(recorded):
    recorded.obey(system="ecb", now="2009-06-05T14:59")
    before = csv_of(recorded, "eurofxref-hist")[1]
    recorded.obey(system="ecb", now="2009-06-05T15:00")
    name, newest = csv_of(recorded, "eurofxref")
    recorded.obey(system="ecb", now="2008-12-31")

    assert before[1].startswith("2009-06-04,")
    assert name == "eurofxref.csv"
    assert newest[1].startswith("05 Jun 2009, 1.4177, ")
    assert newest[0].startswith("Date, USD, JPY, ")
    assert [line[-2:] for line in newest] == [", ", ", "]
    assert len(csv_of(recorded, "eurofxref-hist")[1]) == 1
    assert len(csv_of(recorded, "eurofxref")[1]) == 1


def test_the_generated_history_has_banking_days_only_newest_first(generated):
    _, lines = csv_of(generated, "eurofxref-hist")
    found = days(lines)

    assert found == sorted(found, reverse=True)
    assert found[0] == date(2024, 2, 29), "the clock stands before 16:00 of 1 March"
    assert {day.weekday() for day in found} == set(range(5))
    holidays = ("2023-01-01", "2023-04-07", "2023-04-10", "2023-05-01", "2023-12-25")
    assert not {date.fromisoformat(day) for day in holidays} & set(found)
    assert sum(day.year == 2023 for day in found) == 255
    assert all(line.endswith(",") for line in lines)


def test_a_currency_that_ended_is_na_since(generated):
    heading, *lines = csv_of(generated, "eurofxref-hist")[1]
    place = heading.split(",").index("RUB")
    told = {line.split(",")[0]: line.split(",")[place] for line in lines}

    assert told["2022-03-02"] == told["2024-02-29"] == "N/A"
    assert float(told["2022-03-01"]) > 0


def test_a_rate_is_changed_or_left_out_on_order(generated):
    change = {"currency": "USD", "day": "2024-02-29", "rate": "0"}
    generated.obey(system="ecb", rate=change, leave_out=["JPY"])

    _, lines = csv_of(generated, "eurofxref-hist")

    assert lines[1].startswith("2024-02-29,0,N/A,")
    generated.reset()
    assert not csv_of(generated, "eurofxref-hist")[1][1].startswith("2024-02-29,0,")


def test_a_recording_is_not_changed(recorded):
    order = {"currency": "USD", "day": "2009-06-05", "rate": "0"}

    assert recorded.order(system="ecb", rate=order).status_code == 400


@pytest.mark.parametrize(("name", "origin"), [("recorded",) * 2, ("generated",) * 2])
def test_its_series_says_where_it_is_from(request, name, origin):
    stand_in = request.getfixturevalue(name)

    (series,) = [
        each
        for each in stand_in.get("/_control/series").json()
        if each["system"] == "ecb"
    ]

    assert (series["key"], series["origin"]) == ("EUR", origin)
