"""A server of ours that lives is waited for, and a line says so."""

import os
import signal
import threading
import time
from contextlib import closing

import pytest

import warehouse
from warehouse import state

SLOW = 11
"""Seconds, more than once were waited for a connection."""


@pytest.fixture
def slow(own, monkeypatch) -> int:
    """Start a server that answers only after some seconds; return its number."""
    own.run("start")
    monkeypatch.setenv("WAREHOUSE", "embedded")
    monkeypatch.setenv("WAREHOUSE_DIR", str(own.folder))
    os.kill(own.pid, signal.SIGSTOP)
    threading.Timer(SLOW, os.kill, (own.pid, signal.SIGCONT)).start()
    return own.pid


def test_a_database_that_takes_long_to_answer_is_waited_for_with_a_line(slow, capsys):
    with closing(warehouse.connect("reader")) as held, held.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchall() == [(1,)]

    said = capsys.readouterr().err
    assert said == "Waiting for the database to take a connection\n"


def test_a_server_that_died_is_told_at_once(own, monkeypatch):
    own.run("start")
    monkeypatch.setenv("WAREHOUSE", "embedded")
    monkeypatch.setenv("WAREHOUSE_DIR", str(own.folder))
    os.kill(own.pid, signal.SIGKILL)
    began = time.monotonic()

    with pytest.raises(warehouse.WarehouseError, match="python -m warehouse start"):
        warehouse.connect("reader")

    assert time.monotonic() - began < SLOW


def test_a_command_says_that_it_waits_for_another_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("warehouse.waiting.QUIET", 0.1)
    with state.exclusive(tmp_path):
        waiting = threading.Thread(target=lambda: enter(tmp_path))
        waiting.start()
        time.sleep(0.5)
    waiting.join()

    told = f"Waiting for another command that is at work on {tmp_path}\n"
    assert capsys.readouterr().err == told


def enter(folder: object) -> None:
    with state.exclusive(folder):
        pass
