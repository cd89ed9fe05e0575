"""The one way out: dlt's retrying client, with an answer or one sentence at the end."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock
from time import monotonic, sleep
from typing import Any

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import Client, Response
from requests import RequestException

from ingestion import clock
from ingestion.bounds import Bounds
from ingestion.errors import FailedError, RefusedError
from ingestion.exchange import Bounded

LIMITED = (418, 429)
REFUSALS = (400, 401, 402, 403, 404, 451)
USER_AGENT = "tickhouse/0.1"
MOST_CONNECTIONS = 50
__all__ = ["Answer", "FailedError", "Pace", "RefusedError", "get"]
SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Answer:
    """The body as text, and when it came by our clock and by the server's.

    `skew` is how far ours is ahead of the server's, none within the time that it took.
    """

    status: int
    body: str
    headers: Mapping[str, str]
    fetched_at: datetime
    answered_at: datetime | None
    skew: timedelta = timedelta()

    @property
    def known_at(self) -> datetime:
        """Up to when it answers: by the server's clock, or by ours if it has none."""
        return self.answered_at or self.fetched_at


class Pace:
    """So many seconds between any two requests of this process, for whatever key."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next = seconds, 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Wait until the next request may go out."""
        with self._lock:
            goes_at = max(monotonic(), self._next)
            self._next = goes_at + self._seconds
        sleep(max(goes_at - monotonic(), 0))


def get(
    url: str,
    params: Mapping[str, Any],
    *,
    auth: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    decode: Callable[[bytes], str] = bytes.decode,
    give_up_on: Callable[[str], str | None] = lambda _: None,
) -> Answer:
    """Ask, and ask again while that may help.

    `auth` is a name and a password for HTTP Basic; `headers` may hold a secret, as they
    are neither logged nor said; `decode` makes a text of the body, or raises
    ValueError; `give_up_on` sees the body of a limit, and says why waiting is in vain.

    Raises:
        FailedError: no answer, or none that can be read or landed or is within bounds,
            or a limit longer than `RUNTIME__REQUEST_MAX_RETRY_DELAY` seconds or to give
            up on, or all tries were in vain.

    """

    def check_limit(response: Response, **_: object) -> None:
        header = response.headers.get("Retry-After")
        if header and not header.strip().isdecimal():
            # dlt would hold a date against our clock
            response.headers["Retry-After"] = f"{math.ceil(wait(response))}"
        if response.status_code in LIMITED and (why := give_up_on(response.text)):
            raise FailedError(f"limited, {why}")

    try:
        response = client().get(
            url,
            params=params,
            auth=auth,
            headers={**(headers or {}), "User-Agent": USER_AGENT},
            allow_redirects=False,
            hooks={"response": check_limit},
        )
        body = (decode if response.ok else bytes.decode)(response.content)
    except (RequestException, ValueError) as error:
        raise FailedError(f"no readable answer ({type(error).__name__})") from error
    if response.status_code in LIMITED:
        raise FailedError(f"limited, asks to wait {wait(response):.0f} s")
    if response.status_code >= 500 or 300 <= response.status_code < 400:
        raise FailedError(f"answered HTTP {response.status_code}")
    if "\0" in body:
        raise FailedError("answered with a NUL character, which Postgres can't hold")
    return answer_of(response, body)


def answer_of(response: Response, body: str) -> Answer:
    """Return the answer that has just come, with its times."""
    fetched_at, answered_at = clock.now(), _answered_at(response)
    return Answer(
        status=response.status_code,
        body=body,
        headers=response.headers,
        fetched_at=fetched_at,
        answered_at=answered_at,
        skew=_skew(response, fetched_at, answered_at),
    )


class BoundedClient(Client):
    """dlt's client, with answers within bounds."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - of the library's
        super().__init__(**options)
        self._adapter = Bounded(Bounds.set(), pool_maxsize=MOST_CONNECTIONS)


@cache
def client() -> Client:
    """Return the client, set by dlt's `RUNTIME__REQUEST_*`.

    dlt's own waits at most the longest delay and then asks all the same, which an
    exchange answers with a longer ban: here a longer wait is no retry but a failure.
    """
    settings = resolve_configuration(RuntimeConfiguration())

    def may_wait(response: Response | None, _: BaseException | None) -> bool:
        return (
            response is not None
            and response.status_code in LIMITED
            and wait(response) <= float(settings.request_max_retry_delay)
        )

    client = BoundedClient(
        raise_for_status=False,
        status_codes=range(500, 600),
        retry_condition=may_wait,
    )
    client.update_from_config(settings)
    return client


def wait(response: Response) -> float:
    """Return the seconds that `Retry-After` asks for, 0 without one."""
    header = response.headers.get("Retry-After", "0")
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    now = _answered_at(response) or clock.now()
    return max(until - now.timestamp(), 0.0)


def _skew(
    response: Response, fetched_at: datetime, answered_at: datetime | None
) -> timedelta:
    """Return how far our clock is ahead: none where both may be right.

    A cache's answer is as old as its `Age` says; a date is of a whole second.
    """
    if answered_at is None:
        return timedelta()
    age = response.headers.get("Age", "")
    age = timedelta(seconds=int(age) if SECONDS.fullmatch(age) else 0)
    ahead = fetched_at - answered_at - age
    if ahead < timedelta():
        return ahead
    return max(ahead - response.elapsed - timedelta(seconds=1), timedelta())


def _answered_at(response: Response) -> datetime | None:
    """Return the server's clock when it answered, None if it does not say."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
