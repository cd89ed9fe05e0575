"""A hook that failures are posted to."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted, and answers as ordered."""

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        """Note the text."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(token: str) -> Iterator[HTTPServer]:
    """Serve a hook at `/<token>`, which the settings lead to."""
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.posted, server.status = [], 204
        os.environ["NOTIFY_URL"] = f"http://127.0.0.1:{server.server_port}/{token}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
