"""A NUL character, which Postgres can't hold, fails its key and wedges nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from zipfile import ZipFile

import pytest

from ingestion.ingest import ingest
from ingestion.sources import EXCHANGES, SYSTEMS
from ingestion.window import Window
from tests.support import matrix
from tests.support.klines import MONDAY, kline
from tests.support.loan_files import HEADINGS

HOUR = Window.between("2024-03-05T10:00", "2024-03-05T11:00")
DAY = Window.between("2024-03-04", "2024-03-05")
WINDOWS = {"binance": HOUR, "plant": HOUR, "xe": DAY, "ecb": DAY, "ethereum": DAY}
NUL_KLINE = json.dumps([kline("BTCUSDT", MONDAY)]).replace('"0"]', '"\0"]')
BODIES = {
    # where the last element, which paging does not look at, has it
    "binance": NUL_KLINE,
    "plant": '[{"timestamp": "2024-03-05T10:00:00", "wind\0": 1}]',
    "xe": '{"from": "USD\0", "amount": 1, "timestamp": "2024-03-04T00:00Z", "to": []}',
    "coinmarketcap": '{"status": {"error_code": 0}, "data": [{"name": "\0"}]}',
    "cryptocompare": '{"Data": {"LIST": [{"NAME": "\0"}]}, "Err": {}}',
    "ethereum": '{"jobComplete": true, "kind": "\0"}',
}
for name in set(EXCHANGES) - set(BODIES):
    BODIES[name] = json.dumps(["\0"]).replace("\\u0000", "\0")
    WINDOWS[name] = HOUR
FILE = "Date,USD,\n2024-03-04,1.08\0,\n"
LANDED = "select key, outcome from raw.{}__fetches where outcome = any(%s)"


@pytest.fixture
def bank() -> Iterator[str]:
    """Serve a file of rates with a NUL in it, and return its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the library's name
            packed = BytesIO()
            with ZipFile(packed, "w") as archive:
                archive.writestr("eurofxref-hist.csv", FILE)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_nul_character_fails_its_key_and_the_next_run_lands(
    sandbox, database, environment, tmp_path, bank, record_property, system
):
    environment["SOURCES__PLANT__BASE_URL"] = f"{sandbox.url}/plant"
    settings = {"ecb": {"base_url": bank}, "loans": {"folder": str(tmp_path)}}
    files = {**HEADINGS, "payments": "id\0"}
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(f"{text}\n")
    if system in BODIES:
        sandbox.refuse(system, times=None, body=BODIES[system])

    broken = ingest(system, WINDOWS.get(system), **settings.get(system, {}))
    sandbox.reset()
    sandbox.lists("BTCUSDT")
    (tmp_path / "payments.csv").write_text(HEADINGS["payments"])
    mended = ingest(
        system,
        WINDOWS.get(system),
        **settings["loans"] if system == "loans" else {},
    )

    assert broken.bad
    assert not mended.bad
    assert mended.pages
    keys = {key.name for key in broken.bad}
    told = ["ok", "failed", "refused"]
    landed = database.query(LANDED.format(system), told)
    outcomes = [row for row in landed if row[0] in keys]
    assert sorted(outcomes) == sorted(
        (key, outcome) for key in keys for outcome in (_outcome(system), "ok")
    )
    record_property(matrix.PROPERTY, ("content", "NUL character", system, "failed key"))


def _outcome(system: str) -> str:
    return "refused" if system == "loans" else "failed"


def test_a_complaint_that_postgres_cant_hold_is_told_in_one_that_it_can(
    sandbox, database
):
    complaint = r'{"code": -1121, "msg": "In\u0000valid \ud800 symbol \ud83d\ude00"}'
    sandbox.refuse(status=400, times=None, body=complaint)

    ingest("binance", HOUR)
    sandbox.reset()
    mended = ingest("binance", HOUR)

    assert not mended.bad
    told = database.query(
        "select sentence from raw.binance__fetches where outcome = 'refused'"
    )
    assert told == [("HTTP 400, code -1121: In\ufffdvalid \ufffd symbol \U0001f600",)]


def test_a_job_whose_name_postgres_cant_hold_fails_its_keys(sandbox, database):
    job = {"projectId": "stand-in", "jobId": "job\0", "location": "US"}
    answer = {
        "jobReference": job,
        "jobComplete": True,
        "schema": {"fields": [{"name": "x", "type": "STRING", "mode": "NULLABLE"}]},
        "rows": [{"f": [{"v": "1"}]}],
        "totalRows": "1",
        "totalBytesProcessed": "5",
    }
    sandbox.refuse("ethereum", times=None, body=answer)

    ingest("ethereum", DAY)
    sandbox.reset()
    mended = ingest("ethereum", DAY)

    assert not mended.bad
    told = database.query(
        "select sentence from raw.ethereum__fetches where outcome = 'failed'"
    )
    assert told == [("invalid job name",)] * 2
