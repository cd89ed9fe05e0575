"""python -m sandbox: its options, its one line, its end."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*options):
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "sandbox", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_one_line_says_where_it_listens_once_it_answers(host):
    options = [] if host == "127.0.0.1" else ["--host", host]
    command = [sys.executable, "-m", "sandbox", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        process.terminate()
        rest, errors = process.communicate()

    assert re.fullmatch(rf"sandbox ready at http://{re.escape(host)}:\d+\n", line)
    assert (rest, errors) == ("", "")


def test_symbols_are_chosen_on_the_command_line(serve):
    with serve("--symbols", "SOLUSDT") as stand_in:
        assert stand_in.ask("SOLUSDT").status_code == 200
        assert stand_in.ask("BTCUSDT").status_code == 400


def test_now_may_be_epoch_milliseconds(serve):
    with serve("--now", "1577836800000") as stand_in:
        time = stand_in.get("/binance/api/v3/time").json()

    assert time == {"serverTime": 1577836800000}


def test_help_names_every_option():
    text = run("--help").stdout

    assert all(
        option in text
        for option in ("--host", "--port", "--recorded", "--now", "--symbols", "--seed")
    )


def test_a_folder_that_is_not_there_is_a_usage_error():
    ended = run("--recorded", "nowhere")

    assert ended.returncode == 2
    assert "no folder nowhere" in ended.stderr


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = run("--port", str(port))

    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr
