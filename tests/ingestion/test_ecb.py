"""The ECB's rates: the whole history first, then the newest day, by file."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from ingestion import http
from ingestion.ingest import ingest
from ingestion.sources import ecb
from ingestion.window import Window

DAY = Window.between("2024-03-05", "2024-03-06")


@pytest.fixture
def pages(database):
    """Return what looks up the landed files, by name, in order of landing."""

    def pages():
        rows = database.query(
            "select request, payload from raw.ecb__rates order by fetched_at"
        )
        return [(json.loads(request)["file"], body) for request, body in rows]

    return pages


def truth(sandbox):
    """Return the lines of the history, as the clock has it."""
    answer = sandbox.session.get(f"{sandbox.url}/_control/truth/ecb", timeout=600)
    return answer.text.splitlines()


def zipped(**files):
    """Return a zip of files by name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_a_first_run_lands_the_history_and_the_next_the_newest_day(sandbox, pages):
    first = ingest("ecb")
    second = ingest("ecb")

    assert [entry["path"] for entry in sandbox.requests("ecb")] == [
        "/ecb/eurofxref-hist.zip",
        "/ecb/eurofxref.zip",
    ]
    (history, text), (newest, day) = pages()
    assert (history, newest) == ("eurofxref-hist.zip", "eurofxref.zip")
    assert text.splitlines() == truth(sandbox)
    assert day.startswith("Date, USD, JPY, ")
    assert day.splitlines()[1].startswith("04 Mar 2024, ")
    rates = [
        rate for line in truth(sandbox)[1:] for rate in line.split(",")[1:] if rate
    ]
    assert first.records == sum(rate != "N/A" for rate in rates)
    assert second.records == 30
    assert second.sentence().startswith("ecb: 1 pages, 30 rates of 1 keys in ")


def test_after_a_break_the_history_is_asked_for_again(sandbox, pages, monkeypatch):
    ingest("ecb")
    # its clock stands
    monkeypatch.setattr(ecb, "LONGEST_BREAK", -timedelta(seconds=1))

    report = ingest("ecb")

    # the newest file would land, as an answer that never came
    assert report.unchanged == 1
    assert [file for file, _ in pages()] == ["eurofxref-hist.zip"]


def test_a_backfill_lands_the_history_and_leaves_the_cursor_alone(sandbox, pages):
    ingest("ecb", Window.between("2024-02-01", "2024-03-01"))
    ingest("ecb")

    assert [file for file, _ in pages()] == ["eurofxref-hist.zip"] * 2


def test_what_is_no_file_of_rates_fails_and_the_next_run_asks_all_again(
    sandbox, database, pages
):
    sandbox.refuse("ecb", body="<html>maintenance</html>")

    report = ingest("ecb")
    ingest("ecb")

    (key,) = report.bad
    assert (key.outcome, key.sentence) == ("failed", "no readable answer (ValueError)")
    assert [file for file, _ in pages()] == ["eurofxref-hist.zip"]


def test_a_refusal_says_its_status(sandbox):
    sandbox.refuse("ecb", status=404)

    with pytest.raises(http.RefusedError, match="HTTP 404"):
        ecb.page_of(f"{sandbox.url}/ecb", ecb.NEWEST, DAY)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", zipped(), zipped(a="1", b="2"), zipped(**{"a.csv": "Date,"})[:-30]],
    ids=["nothing", "no zip", "no file", "two files", "cut off"],
)
def test_a_zip_that_is_none_of_one_file_is_no_text(content):
    with pytest.raises(ValueError, match="no zip of one file"):
        ecb.unzipped(content)


def test_a_file_beyond_all_measure_is_not_read(environment):
    environment["SOURCES__ANSWER_BYTES"] = "10"

    assert ecb.unzipped(zipped(a="Date,USD,\n")) == "Date,USD,\n"
    with pytest.raises(http.FailedError, match="a zip of more than 10 bytes"):
        ecb.unzipped(zipped(a="Date,USD,\n1"))
