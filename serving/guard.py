"""Who may ask: hosts, keys, other sites' pages, how often; and what is noted of it."""

import base64
import binascii
import json
import logging
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.refusals import Refusal
from serving.settings import LOOPBACK, Settings

logger = logging.getLogger("serving.access")

A_SECOND = 20
"""Requests that a key may make in a second."""
OPEN = ("/v1/health",)
KEY_HEADERS = ("x-mbx-apikey", "x-cmc_pro_api_key")
OF_OURS = "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'none'"
"""What a page may load, nothing of another host; and in whose frames it may stand."""
# Bearer has a parameter too, or browsers take none of it and ask for no password
ASKS = {
    "www-authenticate": 'Basic realm="Tickhouse", charset="UTF-8", '
    'Bearer realm="Tickhouse"'
}


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "serving_requests",
            "Requests that were answered.",
            ["route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "serving_request_seconds",
            "Seconds from a request to the end of its answer.",
            ["route"],
            registry=self.registry,
        )


class Guard:
    """Stands before the application, and sees each request's start and end."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.buckets: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _mark(message)
            await send(message)

        refusal = self.refusal(scope)
        try:
            if refusal:
                await refusal.answer()(scope, receive, sent)
            else:
                await self.app(scope, receive, sent)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Return why a request is not let in, or None."""
        headers = Headers(scope=scope)
        if not self.settings.asks_keys:
            host = urlsplit(f"//{headers.get('host', '')}").hostname
            if host not in LOOPBACK:
                sentence = "This service answers to localhost and 127.0.0.1 alone."
                return Refusal(421, {"detail": sentence})
            return None
        if scope["path"] in OPEN:
            return None
        known = next(filter(None, map(self.settings.key_of, _keys(headers))), None)
        if known is None:
            sentence = (
                "A key is needed: as Authorization: Bearer, as the password of HTTP "
                "Basic, as X-MBX-APIKEY or as X-CMC_PRO_API_KEY."
            )
            return Refusal(401, {"detail": sentence}, ASKS)
        if not self._is_within_limit(known):
            sentence = f"More than {A_SECOND} requests in a second: wait one second."
            return Refusal(429, {"detail": sentence}, {"retry-after": "1"})
        return None

    def _is_within_limit(self, key: str) -> bool:
        now = time.monotonic()
        left, since = self.buckets.get(key, (float(A_SECOND), now))
        left = min(A_SECOND, left + (now - since) * A_SECOND)
        self.buckets[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", scope.get("answered_by", "none"))
        self.metrics.requests.labels(route, status).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        if logger.isEnabledFor(logging.INFO):
            logger.info("%s", json.dumps(_line(scope, status, seconds)))


def _mark(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    if message["status"] >= 400:
        headers["cache-control"] = "no-store"
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("content-security-policy", OF_OURS)


def _line(scope: Scope, status: int, seconds: float) -> MutableMapping[str, Any]:
    """Return what is logged: no query, since keys were seen in them."""
    return {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": (scope.get("client") or ("",))[0],
    }


def _keys(headers: Headers) -> list[str]:
    """Return each key that a request bears, wherever its program put it."""
    keys = [headers[name] for name in KEY_HEADERS if name in headers]
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        keys.append(value.strip())
    elif kind.lower() == "basic":
        try:
            login = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            return keys
        keys.append(login.partition(":")[2])
    return keys
