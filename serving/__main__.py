"""`python -m serving`: the marts over HTTP."""

import argparse
import logging
import os
import socket
import sys

import uvicorn

import warehouse
from serving.settings import settings


def main() -> int:
    """Serve until a signal; 1 with a sentence where that can't be."""
    parser = argparse.ArgumentParser("python -m serving", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    given = dict(os.environ)
    try:
        warehouse.activate()
        logging.basicConfig(
            level=warehouse.environment().get("LOG_LEVEL", "INFO").upper(),
            format="%(asctime)s %(levelname)s %(name)s %(message)s",
            stream=sys.stderr,
        )
        set_by = settings(options.host)
        listening = _listen(options.host, options.port)
        from serving.app import make_app

        app = make_app(set_by, given=given)
    except warehouse.WarehouseError as error:
        print(error, file=sys.stderr)
        return 1
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"ready at http://{shown}:{port}", flush=True)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise warehouse.WarehouseError(
            f"Nothing can listen on {host}:{port} ({error.strerror}): "
            "give another --port."
        ) from error
    return listening


if __name__ == "__main__":
    raise SystemExit(main())
