"""A database that goes away: no answer is half, none has a trace, and it comes back."""

import os
import signal
import threading
import time
from pathlib import Path

import requests

PATHS = (
    "/v1/candles/binance/BTCUSDT?limit=200&grain=5m",
    "/binance/api/v3/klines?symbol=ETHUSDT&interval=1h",
    "/v1/candles/binance/BTCUSDT?grain=1m&format=csv",
)
HALF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)


def test_a_kill_of_postgres_under_load_leaves_whole_answers_and_errors_alone(house):
    whole = {path: house.ask(path).content for path in PATHS}
    ended, wrong, seen = threading.Event(), [], set()

    def ask(path: str, number: int) -> None:
        while not ended.is_set():
            number += 8
            try:
                answer = house.ask(f"{path}&x={number}" if "v1" in path else path)
            except HALF:
                seen.add("broken")
                continue
            seen.add(answer.status_code)
            if answer.status_code == 200 and answer.content != whole[path]:
                wrong.append(answer.content[-200:])
            if answer.status_code not in (200, 503) or b"Traceback" in answer.content:
                wrong.append((answer.status_code, answer.text))
            if answer.status_code == 503 and "retry-after" not in answer.headers:
                wrong.append("no retry-after")

    askers = [
        threading.Thread(target=ask, args=(PATHS[number % 3], number))
        for number in range(6)
    ]
    for asker in askers:
        asker.start()
    time.sleep(2)
    [(data,)] = house.query("show data_directory", role="admin")
    pid = int(Path(data, "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    time.sleep(2)
    gone = house.ask(PATHS[0] + "&y=1")
    assert house.run("warehouse", "start").returncode == 0
    deadline = time.monotonic() + 60
    while house.ask(PATHS[0] + "&y=2").status_code != 200:
        assert time.monotonic() < deadline, "it does not come back"
    ended.set()
    for asker in askers:
        asker.join()

    assert (gone.status_code, gone.headers["retry-after"]) == (503, "5")
    assert "database" in gone.json()["detail"]
    assert wrong == []
    assert {200, 503} <= seen
