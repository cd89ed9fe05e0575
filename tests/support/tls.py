"""A door with TLS in front of a server that has none, and certificates for it."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

REQUEST = bytes.fromhex("0000000804d2162f")
"""How a PostgreSQL client asks for TLS; the answer is one letter."""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1; return it and its key."""
    made, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(  # noqa: S603 - our own words
        [
            *("/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-days", "2", "-subj", f"/CN={name}", "-addext"),
            *("subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made),
        ],
        check=True,
        capture_output=True,
    )
    return made, key


class Door:
    """Takes connections by TLS alone and passes them on."""

    def __init__(self, port: int, made: Path, key: Path) -> None:
        self.behind = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.passed = 0

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            if client.recv(8, socket.MSG_WAITALL) != REQUEST:
                return  # without TLS nobody gets in
            client.sendall(b"S")
            with self.context.wrap_socket(client, server_side=True) as inside:
                self.passed += 1
                with socket.create_connection(("127.0.0.1", self.behind)) as server:
                    back = threading.Thread(target=_pass, args=(server, inside))
                    back.start()
                    _pass(inside, server)
                    back.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def door(port: int, made: Path, key: Path) -> Iterator[Door]:
    """Open a door to a port of this machine."""
    opened = Door(port, made, key)
    threading.Thread(target=opened.serve, daemon=True).start()
    try:
        yield opened
    finally:
        opened.listener.close()
