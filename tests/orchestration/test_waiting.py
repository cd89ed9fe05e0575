"""The stand-ins are waited for as long as they live; dead ones are told at once."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

import warehouse
from orchestration import background, upstreams
from orchestration.background import SANDBOX

SLOW = 11
"""Seconds, more than once were waited for an answer."""


@pytest.fixture
def stand_ins(environment) -> Iterator[Callable[[], psutil.Process]]:
    """Return what starts the stand-ins of all systems, for the test alone."""
    for name in [name for name in environment if name.endswith("__BASE_URL")]:
        del environment[name]

    def start() -> psutil.Process:
        upstreams.start()
        return psutil.Process(SANDBOX.known()["pid"])

    yield start
    upstreams.stop()


@pytest.fixture
def python(monkeypatch, tmp_path) -> Callable[[str], None]:
    """Return what puts a shell's lines before the Python that starts stand-ins."""

    def python(lines: str) -> None:
        script = tmp_path / "python"
        script.write_text(f'#!/bin/sh\n{lines}\nexec {sys.executable} "$@"\n')
        script.chmod(0o755)
        monkeypatch.setattr(background.sys, "executable", str(script))

    return python


def url() -> str:
    return str(SANDBOX.url())


def test_a_block_of_an_earlier_release_leads_to_the_stand_ins_of_now(
    stand_ins, environment
):
    stand_ins()
    known = url()
    warehouse.remember(
        SOURCES__BINANCE__BASE_URL=f"{known}/binance",
        SOURCES__ECB__BASE_URL=f"{known}/ecb",
    )
    environment["SOURCES__XE__BASE_URL"] = "http://elsewhere/xe"

    stand_ins()

    settings = warehouse.environment()
    assert settings["SOURCES__STAND_INS"] == known
    assert "SOURCES__BINANCE__BASE_URL" not in settings
    assert settings["SOURCES__XE__BASE_URL"] == "http://elsewhere/xe"
    assert {system for system, _ in upstreams.series(known)} >= {"binance", "ecb"}
    assert "xe" not in {system for system, _ in upstreams.series(known)}


def test_a_block_of_an_earlier_release_is_forgotten_as_its_stand_ins_stop(stand_ins):
    stand_ins()
    warehouse.remember(SOURCES__BINANCE__BASE_URL=f"{url()}/binance")

    upstreams.stop()

    left = warehouse.environment()
    assert not [name for name in left if name.startswith("SOURCES__BINANCE")]


def test_stand_ins_that_take_long_to_answer_are_waited_for_with_a_line(
    stand_ins, capsys
):
    process = stand_ins()
    process.suspend()
    threading.Timer(SLOW, process.resume).start()

    series = upstreams.series(url())

    assert series["binance", "BTCUSDT"] == "generated"
    assert capsys.readouterr().err == "Waiting for the stand-ins to answer\n"


def test_stand_ins_that_die_while_they_are_asked_are_told_at_once(stand_ins):
    process = stand_ins()
    process.suspend()
    threading.Timer(1, process.kill).start()
    began = time.monotonic()

    with pytest.raises(warehouse.WarehouseError, match="The stand-ins did not answer"):
        upstreams.series(url())

    assert time.monotonic() - began < SLOW


def test_stand_ins_that_end_before_they_answer_are_told_with_their_last_words(
    stand_ins, python
):
    python("echo no memory left; exit 3")

    with pytest.raises(warehouse.WarehouseError, match=r"not start \(no memory left\)"):
        stand_ins()


def test_a_server_whose_port_is_taken_while_it_starts_gets_another(stand_ins, python):
    python("sleep 1")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        threading.Timer(0.3, other.listen).start()

        url = background.Background("sandbox", "the stand-ins", port).start()

        assert SANDBOX.url() == url
        assert not url.endswith(f":{port}")


@pytest.mark.long
def test_stand_ins_that_take_long_to_start_are_waited_for_with_a_line(
    stand_ins, python, capsys
):
    python("sleep 32")

    assert stand_ins().is_running()
    assert capsys.readouterr().err == "Waiting for the stand-ins to start\n"


@pytest.mark.long
def test_stand_ins_that_take_long_to_stop_are_waited_for(stand_ins, capsys):
    process = stand_ins()
    process.suspend()
    threading.Timer(SLOW, process.resume).start()

    upstreams.stop()

    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert capsys.readouterr().err == "Waiting for the stand-ins to stop\n"


def test_the_tour_says_so_where_its_stand_ins_end_at_once(
    python, environment, tmp_path, monkeypatch
):
    from orchestration import demo

    monkeypatch.setattr(demo.tempfile, "mkdtemp", lambda **_: str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    python("exit 3")

    ended = pytest.raises(warehouse.WarehouseError, match="ended before they answered")
    with ended, demo.throwaway_warehouse():
        pass
    assert not (tmp_path / "own").exists()
