"""`make break` as a new user has it."""

import os
import subprocess
import sys

import pytest

import warehouse


@pytest.mark.long
def test_the_tour_breaks_an_hour_shows_it_and_mends_it():
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "orchestration", "break"],
        cwd=warehouse.ROOT,
        env={**os.environ, "WAREHOUSE_DIR": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )

    landmarks = [
        "ETHUSDT failed: answered HTTP 500",
        "ETHUSDT failed: answered HTTP 500",
        "high below a price",
        " BTCUSDT | 18:00 |           59 |",
        " BTCUSDT    | 18:30    | 18:31  |             1 | t",
        " ETHUSDT    | 18:00    | 19:00  |            60 | f",
        "1 pages, 60 candles of 1 keys",
        "2 pages, 2 candles of 2 keys",
        " BTCUSDT | 18:00 |           60 |",
        " ETHUSDT | 18:00 |           60 |",
        "Mended: nothing is missing, nothing is in quarantine.",
    ]
    assert done.returncode == 0, done.stdout + done.stderr
    at = 0
    for landmark in landmarks:
        at = done.stdout.index(landmark, at) + 1
