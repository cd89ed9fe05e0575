"""What the command says, and its exit code: 0 all well, 1 a key failed, 2 usage."""

import re
import subprocess
import sys

import pytest

from ingestion.__main__ import main
from warehouse import ROOT

SPAN = ("--from", "2024-03-05T10:00", "--to", "2024-03-05T11:00")


@pytest.fixture
def password(database):
    """Return the loader's password, which nobody may see."""
    return re.search(r":(\w+)@", database.urls["loader"]).group(1)


def test_it_says_where_it_writes_and_what_landed(sandbox, database, capsys):
    code = main(["binance", *SPAN])

    lines = capsys.readouterr().out.splitlines()
    port = re.search(r":(\d+)/", database.urls["loader"]).group(1)
    assert code == 0
    assert lines[0] == (
        f"Writing to PostgreSQL server on 127.0.0.1:{port}, database test, "
        "as transformer"
    )
    assert re.fullmatch(
        r"binance: 1 pages, 60 candles of 1 keys in \d+\.\d s", lines[2]
    )
    assert "clock" in lines[1]  # of another year than the stand-ins'
    assert len(lines) == 3


def test_a_load_is_found_in_the_log_by_its_id(sandbox, database, begin, environment):
    environment["LOG_LEVEL"] = "INFO"

    _, output = begin("binance", *SPAN, chunk_pages=1).end()

    loads = database.query(
        "select load_id from raw._dlt_loads order by 1", role="loader"
    )
    said = re.findall(r"binance: load (\S+) landed", output)
    assert said == [load for (load,) in loads]
    assert said


def test_a_refused_key_makes_the_exit_code_1_and_the_others_land(
    sandbox, landed, begin, password, monkeypatch
):
    sandbox.lists("ETHUSDT", "BTCUSDT")
    sandbox.refuse(symbol="ETHUSDT", status=451)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")

    code, output = begin("binance", *SPAN).end()

    assert code == 1, output
    assert "; ETHUSDT refused: HTTP 451, code 0: Service unavailable" in output
    assert landed.minutes() == sandbox.minutes(
        "BTCUSDT", "2024-03-05T10:00", "2024-03-05T11:00"
    )
    assert landed.fetches("refused")[0][0] == "ETHUSDT"
    assert password not in output


def test_no_password_is_said_when_the_warehouse_turns_the_loader_away(
    sandbox, environment, begin, database
):
    wrong = "hush" * 8
    url = re.sub(r":\w+@", f":{wrong}@", database.urls["loader"])
    environment["LOADER_URL"] = url

    code, output = begin("binance", *SPAN).end()

    assert code == 1
    assert "No connection as loader" in output
    assert "Traceback" not in output
    assert wrong not in output
    assert sandbox.requests() == []


def test_a_load_that_fails_says_no_password_and_comes_with_the_next_run(
    sandbox, database, landed, begin, password, monkeypatch
):
    main(["binance", *SPAN])
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")
    database.query("revoke insert on raw.binance__klines from loader", role="admin")

    code, output = begin("binance", *SPAN).end()

    assert code == 1
    assert "permission denied for table binance__klines" in output
    assert password not in output
    database.query("grant insert on raw.binance__klines to loader", role="admin")
    assert main(["binance", *SPAN]) == 0
    assert len(landed.payloads()) == 3, "before, the one that failed, after"


def test_a_dry_run_asks_nothing_and_writes_nothing(sandbox, database, capsys):
    sandbox.lists("BTCUSDT", "ETHUSDT")

    code = main(["binance", *SPAN, "--dry-run"])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "binance would ask BTCUSDT [2024-03-05T10:00:00Z, 2024-03-05T11:00:00Z), "
        "ETHUSDT [2024-03-05T10:00:00Z, 2024-03-05T11:00:00Z)"
    )
    assert sandbox.requests() == []
    tables = "select count(*) from pg_tables where schemaname = 'raw'"
    assert database.query(tables) == [(0,)]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "the following arguments are required: system"),
        (("nasdaq",), "invalid choice: 'nasdaq'"),
        (("binance", "--to", "2024-03-05"), "--to needs --from"),
        (("binance", "--from", "yesterday"), "argument --from"),
        (("binance", "--from", "2024-03-05", "--to", "2024-03-05"), "is empty"),
        (("binance", "--from", "2999-01-01"), "is empty"),
        (("binance", "--nonsense"), "unrecognized arguments"),
    ],
)
def test_a_wrong_call_says_why_and_exits_with_2(environment, capsys, words, reason):
    with pytest.raises(SystemExit) as exit_:
        main(words)

    assert exit_.value.code == 2
    assert reason in capsys.readouterr().err


def test_help_needs_no_warehouse_and_names_every_option(environment):
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ingestion", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )

    for word in ("binance", "--from", "--to", "--dry-run", "Exit 0"):
        assert word in done.stdout


def test_a_setting_that_cannot_be_read_is_named_with_an_example(
    sandbox, database, capsys, monkeypatch
):
    monkeypatch.setenv("SOURCES__BINANCE__SYMBOLS", "BTCUSDT")

    code = main(["binance", *SPAN])

    assert code == 1
    assert capsys.readouterr().err == (
        "SOURCES__BINANCE__SYMBOLS can't be read: "
        'write it like ["BTCUSDT", "ETHUSDT", "XRPUSDT"].\n'
    )
