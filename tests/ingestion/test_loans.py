"""A file of a loan book lands as it is, when it changed, whatever the others do."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.ingest import ingest, plan
from ingestion.window import Window
from orchestration.upstreams import account_of
from warehouse import ROOT, WarehouseError

NAMES = ("borrowers", "loans", "schedules", "payments")
TEXTS = {
    "borrowers": "\ufeffBorrower_Id,State\r\nB1,Òyó\r\n",
    "loans": "loan_id,Borrower_id,Date_of_release\nL1,B1,01/30/2023\n\n",
    "schedules": "loan_id,schedule_id,Expected_payment_date,Expected_payment_amount\n"
    '"L,1","a ""b""",2023-02-01,100',
    "payments": "loan_id(fk),payment_id(pk),Amount_paid,Date_paid\n"
    "L1,P1,03/31/2021,100",
}
NO_HEADINGS = (
    "no heading loan_id, payment_id, Amount_paid, Date_paid: name the columns "
    "loan_id, payment_id, Amount_paid, Date_paid"
)


@pytest.fixture
def folder(database, environment, tmp_path) -> Path:
    """Return a folder with four files, which the setting names."""
    folder = tmp_path / "book"
    folder.mkdir()
    for name, text in TEXTS.items():
        put(folder, name, text)
    environment["SOURCES__LOANS__FOLDER"] = str(folder)
    return folder


def put(folder: Path, name: str, text: str | bytes) -> None:
    body = text if isinstance(text, bytes) else text.encode()
    (folder / f"{name}.csv").write_bytes(body)


@pytest.fixture
def payloads(database):
    """Return what looks up a file's landed texts, oldest first."""
    return lambda name: [
        text
        for (text,) in database.query(
            f"select payload from raw.loans__{name} inner join raw._dlt_loads "  # noqa: S608 - ours
            "on load_id = _dlt_load_id and status = 0 order by fetched_at"
        )
    ]


def test_each_file_lands_as_one_page_with_its_whole_text(folder, database, payloads):
    before = datetime.now(UTC)

    report = ingest("loans")

    assert {name: payloads(name) for name in NAMES} == {
        name: [text] for name, text in TEXTS.items()
    }
    [(request, fetched_at, answered_at)] = database.query(
        "select request, fetched_at, answered_at from raw.loans__loans"
    )
    changed_at = (folder / "loans.csv").stat().st_ctime
    assert json.loads(request) == {
        "changed_at": datetime.fromtimestamp(changed_at, UTC).isoformat(),
        "file": "loans.csv",
    }
    assert before < fetched_at < datetime.now(UTC)
    assert answered_at is None
    assert database.query(
        "select key, outcome, pages from raw.loans__fetches order by key"
    ) == [(f"{name}.csv", "ok", 1) for name in sorted(NAMES)]
    assert report.sentence().startswith("loans: 4 pages, 9 lines of 4 keys in ")


def test_a_file_is_read_again_only_when_it_changed(folder, database, payloads):
    ingest("loans")

    again = ingest("loans")
    assert (again.pages, again.keys) == (0, {})
    assert database.query("select count(*) from raw.loans__fetches") == [(4,)]

    newer = f"{TEXTS['payments']}\n"
    put(folder, "payments", newer)
    os.utime(folder / "payments.csv", (0, 0))
    changed = ingest("loans")
    assert [key.name for key in changed.keys.values()] == ["payments.csv"]
    assert payloads("payments") == [TEXTS["payments"], newer]
    assert [len(payloads(name)) for name in NAMES] == [1, 1, 1, 2]


def test_another_folder_is_read_though_its_files_are_older(
    folder, environment, payloads
):
    newer = folder.parent / "newer"
    newer.mkdir()
    for name in NAMES:
        put(newer, name, f"{TEXTS[name]}\n")
    environment["SOURCES__LOANS__FOLDER"] = str(newer)
    ingest("loans")

    environment["SOURCES__LOANS__FOLDER"] = str(folder)
    ingest("loans")
    unchanged = ingest("loans")

    assert payloads("loans") == [f"{TEXTS['loans']}\n", TEXTS["loans"]]
    assert unchanged.pages == 0


def test_a_backfill_reads_every_file_again_and_leaves_the_noted_times(folder, payloads):
    ingest("loans")
    day = Window.between("2024-01-01", "2024-01-02")

    first, second = ingest("loans", day), ingest("loans", day)

    assert (first.pages, second.pages, ingest("loans").pages) == (4, 4, 0)
    assert len(payloads("loans")) == 3


def test_a_file_that_cannot_be_read_says_what_to_do_and_the_others_land(
    folder, database, payloads
):
    (folder / "borrowers.csv").unlink()
    put(folder, "loans", "loan_id\nÀ".encode("latin-1"))
    put(folder, "schedules", b"loan_id\nL\x00")

    report = ingest("loans")

    sentences = {key.name: (key.outcome, key.sentence) for key in report.bad}
    assert sentences == {
        "borrowers.csv": (
            "failed",
            f"{folder}/borrowers.csv can't be read (no such file or directory): put "
            "the file there, readable for this user, or set SOURCES__LOANS__FOLDER to "
            "its folder",
        ),
        "loans.csv": (
            "refused",
            "not UTF-8 at byte 8: save it as UTF-8",
        ),
        "schedules.csv": (
            "refused",
            "a NUL character at 9: save it as plain text",
        ),
    }
    # of what is no text there is nothing to land but that it came
    assert [payloads(name) for name in NAMES] == [[], [""], [""], [TEXTS["payments"]]]
    assert {
        key: (outcome, sentence)
        for key, outcome, sentence in database.query(
            "select key, outcome, sentence from raw.loans__fetches "
            "where outcome != 'ok'"
        )
    } == sentences

    for name in NAMES:
        put(folder, name, TEXTS[name])
    assert not ingest("loans").bad
    assert [len(payloads(name)) for name in NAMES] == [1, 2, 2, 1]


def test_what_is_no_file_is_neither_opened_nor_waited_for(folder):
    for name in NAMES[:2]:
        (folder / f"{name}.csv").unlink()
    (folder / "borrowers.csv").mkdir()
    os.mkfifo(folder / "loans.csv")

    report = ingest("loans")

    assert [key.name for key in report.bad] == ["borrowers.csv", "loans.csv"]
    assert report.keys["loans.csv"].sentence == (
        f"{folder}/loans.csv is no file: put a CSV file there"
    )
    assert report.pages == 2


def test_without_a_folder_nothing_is_asked(database):
    report = ingest("loans")

    assert report.sentence() == (
        "loans: not asked, since SOURCES__LOANS__FOLDER is not set"
    )
    assert database.query("select count(*) from raw.loans__loans") == [(0,)]


def test_a_dry_run_names_the_files_that_changed_and_writes_nothing(folder, database):
    planned = plan("loans")
    ingest("loans")

    assert sorted(planned.keys) == sorted(f"{name}.csv" for name in NAMES)
    assert planned.pages == 0
    assert plan("loans").sentence() == "loans would ask nothing"


def test_the_bundled_book_lands(database, environment, payloads):
    environment.update(account_of("loans"))

    report = ingest("loans")

    assert not report.bad
    for name in NAMES:
        text = (ROOT / "sandbox" / "loans" / f"{name}.csv").read_text()
        assert payloads(name) == [text]


def outcomes(report) -> dict[str, tuple[str, str | None]]:
    return {key.name: (key.outcome, key.sentence) for key in report.keys.values()}


def test_every_run_fails_while_the_newest_file_cannot_be_used_and_it_lands_once(
    folder, database, payloads
):
    ingest("loans")
    put(folder, "payments", "")

    told = [outcomes(ingest("loans")) for _ in range(3)]

    assert told == [{"payments.csv": ("refused", NO_HEADINGS)}] * 3
    assert payloads("payments") == [TEXTS["payments"], ""]
    assert database.query(
        "select sentence, sum(pages) from raw.loans__fetches where outcome = 'refused' "
        "group by 1"
    ) == [(NO_HEADINGS, 1)]
    [(request,)] = database.query("select request from raw.loans__payments offset 1")
    assert json.loads(request)["unusable"] == NO_HEADINGS

    put(folder, "payments", TEXTS["payments"])
    assert outcomes(ingest("loans")) == {"payments.csv": ("ok", None)}
    assert ingest("loans").keys == {}


@pytest.mark.parametrize(
    ("setting", "value", "wrong", "text"),
    [
        ("DATES", "dmy", "day first", "L1,P1,5,03/04/2024"),
        ("DATES", "mdy", "month first", "L1,P1,03-04-2024,5"),
        ("DECIMAL", ",", "decimal comma", 'L1,P1,2024-04-03,"1,234"'),
    ],
)
def test_a_file_that_does_not_show_how_it_is_read_wants_the_setting_that_decides(
    folder, environment, payloads, setting, value, wrong, text
):
    name = f"SOURCES__LOANS__{setting}"
    put(folder, "payments", f"loan_id,payment_id,Amount_paid,Date_paid\n{text}\n")

    refused, again = ingest("loans"), ingest("loans")
    environment[name] = value
    landed, unchanged = ingest("loans"), ingest("loans")

    for report in (refused, again):
        [key] = report.bad
        assert wrong in key.sentence
        assert f"nothing in the file says which: set {name} to " in key.sentence
    # all four are read by it from now on
    assert outcomes(landed) == {f"{name}.csv": ("ok", None) for name in NAMES}
    assert unchanged.keys == {}
    assert len(payloads("payments")) == 2


def test_values_that_contradict_each_other_refuse_the_file_until_a_setting_decides(
    folder, environment
):
    lines = ["L1,P1,5,25/03/2024", "L1,P2,5,03/25/2024", "L1,P3,5,03/04/2024"]
    heading = "loan_id,payment_id,Amount_paid,Date_paid"
    put(folder, "payments", "\n".join([heading, *lines]))
    refused = ingest("loans").bad
    environment["SOURCES__LOANS__DATES"] = "DMY"

    assert [key.sentence for key in refused] == [
        "1 dates can only be read month first, 1 only day first: write all alike, or "
        "set SOURCES__LOANS__DATES to mdy or dmy"
    ]
    assert not ingest("loans").bad


def test_a_setting_that_there_is_not_is_said_at_once(folder, environment, database):
    environment["SOURCES__LOANS__DATES"] = "ymd"

    with pytest.raises(WarehouseError, match="LOANS__DATES is ymd: set it to mdy or"):
        ingest("loans")


def test_a_file_beyond_all_measure_is_not_read_and_the_others_land(
    folder, environment, payloads
):
    environment["SOURCES__ANSWER_BYTES"] = "1000"
    put(folder, "payments", TEXTS["payments"] + "\nL1,P2,03/31/2021,1" * 100)

    report = ingest("loans")

    (refused,) = report.bad
    assert refused.name == "payments.csv"
    assert refused.sentence == "a file of more than 1,000 bytes (SOURCES__ANSWER_BYTES)"
    assert payloads("payments") == [""]
    assert payloads("loans") == [TEXTS["loans"]]
