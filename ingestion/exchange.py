"""An exchange of request and answer, which may take so long and hold so much.

The timeouts of requests and urllib3 are for each piece that a socket gives, so that an
answer which drips would never end, be it in its status line, headers or body. Here each
wait is for what is left of the whole exchange, and the body is counted as it is
unpacked. Names are resolved by the system, which has time limits of its own.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import Any

from requests import PreparedRequest, Response, Timeout
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ingestion.bounds import Bounds
from ingestion.errors import FailedError

# a whole answer may take so many of `RUNTIME__REQUEST_TIMEOUT`, which is for a piece
TIMEOUTS = 3
Timeouts = float | tuple[float | None, float | None] | None
_running = threading.local()


@contextmanager
def exchange(bounds: Bounds, timeout: Timeouts) -> Iterator[None]:
    """Let all that this thread asks within be over in time, unless it is within one.

    Raises:
        FailedError: it took longer than an answer may.
        Timeout: it took several of the timeouts for a piece, which are fewer seconds;
            that is asked again.

    """
    if hasattr(_running, "ends"):
        yield
        return
    *_, piece = timeout if isinstance(timeout, tuple) else (timeout,)
    seconds = min(bounds.seconds, TIMEOUTS * (piece or bounds.seconds))
    _running.ends = monotonic() + seconds
    try:
        yield
    except Exception as error:
        if monotonic() < _running.ends:
            raise
        said = f"no whole answer within {seconds:g} s"
        if seconds < bounds.seconds:
            raise Timeout(said) from error
        raise FailedError(f"{said} (SOURCES__ANSWER_SECONDS)") from error
    finally:
        del _running.ends


def shorter(timeout: float | None) -> float:
    """Return a timeout, or what is left of the exchange.

    Raises:
        TimeoutError: nothing is left.

    """
    left = _running.ends - monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left if timeout is None else min(timeout, left)


class Reads(RawIOBase):
    """What is read of a socket, each time for as long as is left."""

    def __init__(self, raw: RawIOBase, connected: socket.socket) -> None:
        self.raw, self.connected = raw, connected
        self.timeout = connected.gettimeout()

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def readinto(self, buffer: memoryview) -> int | None:
        """Read what comes."""
        self.connected.settimeout(shorter(self.timeout))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self.raw.close()
        super().close()


class TimedResponse(HTTPResponse):
    """An answer, from its status line on."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - of the library's
        super().__init__(sock, *args, **options)
        self.fp = BufferedReader(Reads(self.fp.detach(), sock))


class Timed:
    """A connection, which tries a host's addresses one after the other."""

    response_class = TimedResponse

    def _new_conn(self) -> socket.socket:
        count = 1
        with suppress(OSError):
            count = len(
                socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
            )
        timeout = self.timeout
        self.timeout = min(shorter(timeout), shorter(None) / count)
        try:
            connected = super()._new_conn()
        finally:
            self.timeout = timeout
        # Python's handshake of TLS takes it for the whole
        connected.settimeout(shorter(timeout))
        return connected


class TimedHTTPConnection(Timed, HTTPConnection):
    """A connection in the clear."""


class TimedHTTPSConnection(Timed, HTTPSConnection):
    """A connection under TLS."""


class TimedHTTPPool(HTTPConnectionPool):
    """Such connections."""

    ConnectionCls = TimedHTTPConnection


class TimedHTTPSPool(HTTPSConnectionPool):
    """Such connections."""

    ConnectionCls = TimedHTTPSConnection


POOLS = {"http": TimedHTTPPool, "https": TimedHTTPSPool}


class Bounded(HTTPAdapter):
    """What sends requests, and gives answers whole and within bounds.

    Raises:
        FailedError: an answer is not within them.

    """

    def __init__(self, bounds: Bounds, **options: Any) -> None:  # noqa: ANN401 - of the library's
        self.bounds = bounds
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - of the library's
        """Have connections whose waits are shortened."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:  # noqa: ANN401 - of the library's
        """Have them by a proxy, too."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # noqa: ANN401 - of the library's
        """Send a request, and read all of its answer."""
        with exchange(self.bounds, options["timeout"]):
            response = super().send(request, **{**options, "stream": True})
            raw = response.raw

            def pieces(amount: int, decode_content: bool) -> Iterator[bytes]:
                size = 0
                while piece := raw.read1(amount, decode_content):
                    size += len(piece)
                    if size > self.bounds.most_bytes:
                        raise FailedError(self.bounds.too_large("an answer"))
                    shorter(None)
                    yield piece

            raw.stream = pieces
            try:
                body = response.content
            except BaseException:
                response.close()
                raise
        self.bounds.check_depth(body)
        return response
