"""A client that goes takes its stream with it, which gives its turn back."""

import socket
import threading
import time
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.streams import Slots, Stream


def test_a_client_that_is_gone_ends_its_stream():
    slots, ended = Slots(), threading.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            ended.set()

    async def answer(_: Request) -> Response:
        slots.take()
        return Stream(endless(), b"first", "text/csv", slots)

    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/", answer)])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        before = slots.left
        with socket.create_connection(listening.getsockname()) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            assert slots.left == before - 1

        assert ended.wait(10)
        time.sleep(0.1)
        assert slots.left == before
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
