"""Whether a request comes from a page of the same server, and to a name that it has.

A browser sends what any page asks it to. One of another site says so in its headers,
which that page can't change; one whose name was pointed at this machine asks by that
name.
"""

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_SITE = ("none", "same-origin")
UNSENT = "application/json"
"""What no page sends elsewhere without asking beforehand."""


def is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Return whether a browser says that the page which asks is not of this server."""
    if headers.get("sec-fetch-site", "none") not in OWN_SITE:
        return True
    pages = [headers[name] for name in ("origin", "referer") if name in headers]
    return any(_netloc(page) != headers.get("host", "") for page in pages)


def is_a_visit(headers: Mapping[str, str]) -> bool:
    """Return whether somebody follows a link, which shows a page to no other."""
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def is_own_name(host: str, names: Collection[str]) -> bool:
    """Return whether a `Host` is this machine's loopback, or one of some names."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class OwnPages:
    """Lets in who asks by a name of this server, and is no page of another site.

    That goes for addresses that begin with `prefix`. Of those that end in `queries`,
    which change things by what a query says, only JSON that is posted is let in, and
    the page there.
    """

    def __init__(
        self,
        app: ASGIApp,
        prefix: str = "",
        queries: str | None = None,
        names: Collection[str] = (),
    ) -> None:
        self.app = app
        self.prefix = prefix
        self.queries = queries
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        is_asked = scope["type"] in ("http", "websocket")
        why = None
        if is_asked and scope["path"].startswith(self.prefix):
            why = self._refusal(scope)
        if why is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(why, 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": why})

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        listening, _ = scope.get("server") or ("", None)
        if not is_own_name(headers.get("host", ""), {listening, *self.names}):
            return "This server answers to its own address and to localhost alone."
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        is_visit = is_read and is_a_visit(headers)
        if is_of_another_site(headers) and not is_visit:
            return "Another site's page may not ask this."
        if self.queries is None or not scope["path"].endswith(self.queries):
            return None
        is_page = is_read and "text/html" in headers.get("accept", "")
        is_json = headers.get("content-type", "").startswith(UNSENT)
        if scope["type"] == "http" and not is_page and (is_read or not is_json):
            return "A query is to be posted as application/json."
        return None


def _netloc(page: str) -> str | None:
    try:
        return urlsplit(page).netloc or None
    except ValueError:
        return None
