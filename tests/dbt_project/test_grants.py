"""Who may read what dbt built: the reader all marts and nothing before them."""

import pytest
from psycopg2.errors import InsufficientPrivilege

from tests.support.loan_files import LOANS
from tests.support.tables import MARTS

HIDDEN = """
select schemaname || '.' || tablename
from pg_tables
where schemaname in ('raw', 'staging', 'ops')
"""
FUNCTIONS = """
select
    oid::regprocedure::text,
    has_function_privilege('public', oid, 'execute'),
    has_function_privilege('loader', oid, 'execute'),
    has_function_privilege('reader', oid, 'execute')
from pg_proc
where pronamespace::regnamespace::text
    in ('raw', 'staging', 'intermediate', 'marts', 'ops')
"""


@pytest.mark.parametrize("again", [[], ["run", "--full-refresh"]])
def test_the_reader_sees_every_mart_and_nothing_before_them(built, dbt, again):
    if again:
        dbt(*again)
    hidden = [name for (name,) in built.database.query(HIDDEN)]

    for mart in MARTS:
        sql = f"select 1 from {mart} limit 1"  # noqa: S608 - a table of ours
        assert built.database.query(sql, role="reader") == [(1,)]
    for name in hidden:
        with pytest.raises(InsufficientPrivilege):
            built.database.query(f"table {name}", role="reader")
    assert len(hidden) >= 10


def test_the_reader_changes_nothing(built):
    with pytest.raises(InsufficientPrivilege):
        built.database.query(
            "set transaction read write; delete from marts.fct_candles_1h",
            role="reader",
        )


def test_the_loader_reads_no_mart(built):
    with pytest.raises(InsufficientPrivilege):
        built.database.query("select 1 from marts.fct_candles_1h", role="loader")


def test_the_public_executes_none_of_the_functions_that_dbt_makes(book, dbt):
    for again in (False, True):
        if again:
            dbt("build", "--full-refresh", *LOANS)
        functions = book.database.query(FUNCTIONS)

        assert sorted(functions) == [
            ("marts.loan_portfolio(date)", False, False, True),
            ("ops.pending(jsonb)", False, False, False),
            ("ops.trial(text[],text)", False, False, False),
        ]
