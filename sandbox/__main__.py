"""Serve the upstreams' stand-ins, on loopback unless told otherwise, until stopped."""

import argparse
import contextlib
import gc
import socket
import sys
from pathlib import Path

import uvicorn

from warehouse.pages import OwnPages

from .app import BUNDLED, CONTROL, SYMBOLS, stand_ins
from .clock import instant


def main() -> None:
    """Serve, and say where in one line once requests are answered."""
    options = _options()
    app = OwnPages(
        stand_ins(options.recorded, options.now, options.symbols, options.seed),
        prefix=CONTROL,
        names=options.name,
    )
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        sys.exit(f"sandbox: port {options.port}: {error.strerror}")
    # A page allocates thousands of tuples, none of them in cycles: at the usual
    # threshold collecting them takes two fifths of the time.
    gc.freeze()
    gc.set_threshold(200_000)
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,  # by the stand-in's clock, not by ours
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config).run([listener])


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = sockets[0].getsockname()
        print(f"sandbox ready at http://{host}:{port}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on, such as a container's (default: loopback)",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="a further name by which its control is asked, such as a container's",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port there; 0 takes a free one"
    )
    parser.add_argument(
        "--recorded",
        type=_folder,
        default=BUNDLED,
        metavar="DIR",
        help="folder of recorded files, e.g. binance/ADAUSDT-1m.csv.gz",
    )
    parser.add_argument(
        "--now",
        type=instant,
        metavar="T",
        help="freeze the clock at this ISO time or epoch ms (default: it runs)",
    )
    parser.add_argument(
        "--symbols",
        nargs="*",
        default=SYMBOLS,
        help=f"Binance symbols that are generated (default: {' '.join(SYMBOLS)})",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="another seed, other generated numbers"
    )
    return parser.parse_args()


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"no folder {text}")
    return folder


if __name__ == "__main__":
    main()
