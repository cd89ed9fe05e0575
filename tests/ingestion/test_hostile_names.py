"""Names that users and APIs give reach no SQL, no other path and no other host."""

import json
import os

import pytest

from ingestion.__main__ import main
from ingestion.ingest import ingest
from ingestion.window import Window

SYMBOLS = (
    "BTC'; drop schema staging cascade; --",
    'BTC"$$; select pg_sleep(60); $$',
    "../../_control?x=1#",
    "BTC&limit=1&symbol=ETHUSDT",
    "{{ 1 / 0 }} %s %(x)s {0}",
    "Ω\\u0000\r\nHost: evil.example",
)
PARTS = (
    "../_control",
    "..",
    "T01/../../_control",
    "/etc/passwd",
    "//evil.example/x",
    "@evil.example",
    "T01@evil.example:80",
    "T01?columns=power",
    "T01#",
    "T01%2f..%2f_control",
    "T01\r\nHost: evil.example",
    "T01\n",
    "",
)
COLUMNS = ("power&start_timestamp=0", "power'; --", "../power", "power\r\nX: y", "")
CODES = ("USD&to=EUR", "us", "USD/../x", "USD\n", "'; --", "")
SPAN = Window.between("2024-03-05T10:00", "2024-03-05T11:00")


def test_an_odd_symbol_is_a_parameter_and_the_exchange_refuses_it(
    sandbox, database, dbt
):
    sandbox.lists(*SYMBOLS, "BTCUSDT")

    report = ingest("binance", SPAN)
    dbt("run", "-s", "stg_fetches")

    assert {key.name for key in report.bad} == set(SYMBOLS)
    asked = sandbox.requests()
    assert {entry["query"]["symbol"] for entry in asked} == {*SYMBOLS, "BTCUSDT"}
    assert {entry["path"] for entry in asked} == {"/binance/api/v3/klines"}
    assert {entry["query"]["limit"] for entry in asked} == {"1000"}
    assert database.query("select key from staging.stg_fetches where key != 'BTCUSDT'")
    landed = database.query("select key from raw.binance__fetches")
    assert {key for (key,) in landed} == {*SYMBOLS, "BTCUSDT"}


@pytest.fixture
def plant(sandbox, database, environment):
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    return environment


def test_a_turbines_name_leads_to_no_other_path_or_host(sandbox, plant):
    plant["SOURCES__PLANT__TURBINES"] = json.dumps(PARTS)

    report = ingest("plant", SPAN)

    assert {key.name: key.outcome for key in report.bad} == dict.fromkeys(
        PARTS, "refused"
    )
    assert sandbox.requests("plant") == []


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_asks_for_nothing_but_a_column(sandbox, plant, capsys, column):
    span = ["--from", "2024-03-05T10:00", "--to", "2024-03-05T11:00"]

    code = main(["plant", *span, "--columns", f"power,{column}"])

    assert code == 1
    assert "T01 refused: not asked" in capsys.readouterr().out
    assert sandbox.requests("plant") == []


def test_a_currency_is_three_letters_and_nothing_else_is_asked(
    sandbox, database, environment
):
    environment["SOURCES__XE__CURRENCIES"] = json.dumps(["NGN", *CODES])

    report = ingest("xe")

    assert {key.name for key in report.bad} == set(CODES)
    assert [entry["query"]["to"] for entry in sandbox.requests("xe")] == ["NGN"]


@pytest.mark.parametrize("base", CODES)
def test_a_base_currency_that_is_none_has_nothing_asked(
    sandbox, database, environment, base
):
    environment["SOURCES__XE__BASE"] = base or "$"

    assert ingest("xe").bad

    assert sandbox.requests("xe") == []


def test_of_a_loan_folder_only_its_own_four_files_are_read(
    database, environment, tmp_path
):
    folder, secret = tmp_path / "book", tmp_path / "server.json"
    (folder / "sub").mkdir(parents=True)
    secret.write_text("hush")
    (folder / "borrowers.csv").symlink_to(secret)
    (folder / "loans.csv").symlink_to("../server.json")
    (folder / "schedules.csv").write_text(
        "loan_id,schedule_id,Expected_payment_date,Expected_payment_amount\n"
    )
    for name in ("server.json", "x.csv", "payments.csv.bak", "sub/payments.csv"):
        (folder / name).write_text("hush")
    environment["SOURCES__LOANS__FOLDER"] = f"{folder}/sub/.."

    report = ingest("loans")

    assert {key.name: key.outcome for key in report.bad} == {
        "borrowers.csv": "refused",
        "loans.csv": "refused",
        "payments.csv": "failed",
    }
    for table in ("borrowers", "loans", "schedules", "payments"):
        payloads = database.query(f"select payload from raw.loans__{table}")  # noqa: S608 - ours
        assert not [text for (text,) in payloads if "hush" in text]


@pytest.mark.parametrize(
    "folder", ["'; drop schema raw; --", "$(touch x)", "\r\n", "no\\such"]
)
def test_a_loan_folder_with_an_odd_name_is_a_folder_that_is_not_there(
    database, environment, tmp_path, monkeypatch, folder
):
    monkeypatch.chdir(tmp_path)
    environment["SOURCES__LOANS__FOLDER"] = str(tmp_path / folder)
    before = os.listdir(tmp_path)

    report = ingest("loans")

    assert {key.outcome for key in report.keys.values()} == {"failed"}
    assert os.listdir(tmp_path) == before
    assert database.query("select count(*) from raw.loans__fetches") == [(4,)]
