"""While the newest file of a loan book can't be used, everybody who looks is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.ingest import ingest
from tests.support.loan_book import WORKED
from tests.support.loan_files import LOANS, files_of
from warehouse.doctor import examine

PAYMENTS = "select total_amount_paid, payments_file_at, has_stale_payments from {}"
PORTFOLIO = "marts.loan_portfolio('2023-06-30')"


@pytest.fixture
def folder(database, environment, tmp_path) -> Path:
    """Return the folder of a book that has landed."""
    folder = tmp_path / "book"
    folder.mkdir()
    environment["SOURCES__LOANS__FOLDER"] = str(folder)
    put(folder, **files_of([WORKED]))
    assert not ingest("loans").bad
    return folder


def put(folder: Path, **files: str | bytes) -> None:
    for name, text in files.items():
        body = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(body)


def changed_at(folder: Path) -> datetime:
    status = (folder / "payments.csv").stat()
    return datetime.fromtimestamp(status.st_ctime, UTC)


@pytest.fixture
def build(dbt) -> Callable[[], dict[str, str]]:
    """Return what builds the loans, and returns the tests that did not pass."""
    return lambda: {
        result.node.name: result.status
        for result in dbt("build", *LOANS)
        if result.node.resource_type == "test" and result.status != "pass"
    }


BAD = {
    "headings": ("<html>\n", "no heading loan_id, payment_id, Amount_paid, Date_paid"),
    "encoding": ("Amount_paid\n\xc0".encode("latin-1"), "not UTF-8 at byte 12"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_cannot_be_used_is_told_by_build_doctor_and_report_until_mended(
    folder, database, build, kind
):
    text, why = BAD[kind]
    assert build() == {}
    good_at = changed_at(folder)
    assert database.query(PAYMENTS.format("marts.rpt_loans")) == [
        (5000, good_at, False)
    ]

    put(folder, payments=text)
    assert ingest("loans").bad
    for _ in range(2):
        assert build() == {"newest_file_is_used_stg_loans__files_": "warn"}
    found = [each for each in examine(lambda _: None) if "payments.csv" in each.what]

    assert why in found[0].what
    assert "python -m ingestion loans" in found[0].remedy
    for source in ("marts.rpt_loans", PORTFOLIO):
        assert database.query(PAYMENTS.format(source)) == [(5000, good_at, True)]
    [(reason,)] = database.query(
        "select reason from staging.stg_loans__rejected "
        "where record_key = 'payments.csv #0'"
    )
    assert reason.startswith(why)

    put(folder, **files_of([WORKED]))
    assert not ingest("loans").bad
    assert build() == {}
    assert not [one for one in examine(lambda _: None) if "payments.csv" in one.what]
    for source in ("marts.rpt_loans", PORTFOLIO):
        assert database.query(PAYMENTS.format(source)) == [
            (5000, changed_at(folder), False)
        ]


def test_a_first_file_that_cannot_be_used_leaves_no_payments_and_says_so(
    folder, database, build
):
    put(folder, payments="loan_id,payment_id\n")
    ingest("loans")
    database.query("truncate raw.loans__payments", role="loader")
    put(folder, payments="loan_id,payment_id\n\n")
    ingest("loans")

    build()

    assert database.query(PAYMENTS.format("marts.rpt_loans")) == [(0, None, True)]
