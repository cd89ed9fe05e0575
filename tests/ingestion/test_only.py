"""`--only`: one of a system's tables is asked, and the others stay where they are."""

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest, plan, tables_of
from ingestion.sources import SYSTEMS
from ingestion.window import Window
from warehouse import ROOT

NOW = "2024-03-06T12:00:30Z"
DAY = Window.between("2024-03-04", "2024-03-05")
SPAN = ["--from", "2024-03-04", "--to", "2024-03-05"]
SEVERAL = [system for system in SYSTEMS if len(tables_of(system)) > 1]


@pytest.fixture
def counts(sandbox, database):
    """Return what counts the pages of each of Ethereum's tables, at NOW."""
    sandbox.at(NOW)
    tables = ("token_transfers", "tokens")
    sql = "select count(*) from raw.ethereum__{}"
    return lambda: [database.query(sql.format(table))[0][0] for table in tables]


def test_tokens_alone_cost_no_query_of_transfers(counts, sandbox, database, capsys):
    assert main(["ethereum", *SPAN, "--only", "tokens"]) == 0

    assert counts() == [0, 1]
    asked = [entry["body"] for entry in sandbox.requests("ethereum") if "body" in entry]
    assert not [text for text in asked if "token_transfers" in str(text)]
    assert database.query("select key, outcome from raw.ethereum__fetches") == [
        ("tokens", "ok")
    ]
    assert "1 pages" in capsys.readouterr().out


def test_the_other_tables_cursor_stays(counts, sandbox):
    sandbox.at(None)
    ingest("ethereum", first_days=3)
    before = counts()

    ingest("ethereum", only=["tokens"], tail_days=0)

    known = plan("ethereum", tail_days=1).keys["token_transfers"]
    assert counts()[0] == before[0]
    assert (known.asked.end - known.asked.start).days == 1
    assert plan("ethereum", tail_days=1, only=["tokens"]).keys.keys() == {"tokens"}


def test_a_dry_run_weighs_these_tables_alone(counts):
    report = plan("ethereum", DAY, only=["tokens"])

    assert report.sentence() == (
        f"ethereum would ask tokens {DAY} (10,000,000 bytes to process)"
    )


def test_files_of_a_book_are_read_by_name(database, environment, capsys):
    environment["SOURCES__LOANS__FOLDER"] = str(ROOT / "sandbox/loans")

    assert main(["loans", "--only", "payments,loans"]) == 0
    keys = database.query("select key from raw.loans__fetches order by 1")
    assert main(["loans"]) == 0

    assert keys == [("loans.csv",), ("payments.csv",)]
    assert len(database.query("select key from raw.loans__fetches")) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["ethereum", "--only", "tokenz"],
            "no table 'tokenz' for --only: it has token_",
        ),
        (
            ["loans", "--only", "loans,people"],
            "no table 'people' for --only: it has bor",
        ),
        (["loans", "--only", ""], "no table '' for --only"),
        (["binance", "--only", "klines"], "binance has one table"),
    ],
)
def test_what_a_system_does_not_have_is_a_wrong_call(environment, capsys, words, told):
    with pytest.raises(SystemExit) as exit_:
        main(words)

    assert exit_.value.code == 2
    assert told in capsys.readouterr().err


def test_help_names_the_tables_of_each_system_that_has_several(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert SEVERAL == ["loans", "ethereum"]
    for system in SEVERAL:
        names = [table.removeprefix(f"{system}__") for table in tables_of(system)]
        assert f"of {system} {', '.join(names)}" in said
