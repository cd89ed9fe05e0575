"""The loans' marts are closed to the reader, until somebody opens them."""

import pytest
from psycopg2.errors import InsufficientPrivilege

from tests.support.loan_book import BOOK
from tests.support.loan_files import LOANS

CLOSED = """
select 'marts.' || tablename
from pg_tables
where schemaname = 'marts' and tablename ~ 'loan|missed'
"""
PORTFOLIO = "marts.loan_portfolio('2023-06-30')"


def assert_refused(database, source):
    with pytest.raises(InsufficientPrivilege):
        database.query(f"select * from {source}", role="reader")  # noqa: S608 - ours


def test_the_reader_is_refused_before_and_after_a_full_refresh(book, dbt):
    database = book.database
    names = {name for (name,) in database.query(CLOSED)}
    assert names >= {
        f"marts.{mart}"
        for mart in ("rpt_loans", "fct_loan_arrears_1d", "fct_missed_payments")
    }

    for refreshed in (False, True):
        if refreshed:
            dbt("run", "--full-refresh", *LOANS)
        for source in (*names, PORTFOLIO):
            assert_refused(database, source)


def test_what_an_administrator_grants_stays_through_builds_and_full_refreshes(
    book, dbt
):
    database = book.database
    database.query(
        "grant select on marts.dim_loans, marts.fct_loan_instalments, "
        "marts.fct_loan_payments_1d, marts.rpt_loans to reader",
        role="admin",
    )

    for words in ((), ("--full-refresh",)):
        dbt("run", *words, *LOANS)
        for source in ("marts.rpt_loans", PORTFOLIO):
            rows = database.query(f"select * from {source}", role="reader")  # noqa: S608 - ours
            assert len(rows) == len(BOOK)
        assert_refused(database, "marts.fct_loan_arrears_1d")
