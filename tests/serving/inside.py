"""The service within the tests' own process, where its clock can be moved."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import uvicorn

from serving.app import make_app
from serving.database import Database
from serving.settings import Settings


@contextmanager
def served_inside(database: str, settings: Settings | None = None) -> Iterator[str]:
    """Serve the marts of a database; return the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = make_app(settings or Settings(), Database(database))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def ask(url: str, **headers: str) -> requests.Response:
    """Return what is answered."""
    return requests.get(url, headers=headers, timeout=60)
