"""Queries of `bigquery-public-data.crypto_ethereum`, by Google's own client.

`jobs.query` starts a job and may have its first page; `jobs.get` and
`getQueryResults` wait for it and give page after page, by token. The client does that,
and tries again where it may help. Cells are strings; timestamps are microseconds,
since the client asks for `useInt64Timestamp`; pages after the first have no schema, so
that the request names the columns. Only the text of the answers is used, since a
parsed value might lose digits.
"""

import json
import re
from collections.abc import Iterator
from concurrent.futures import TimeoutError as WaitError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import google.auth
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import (
    DefaultCredentialsError,
    GoogleAuthError,
    TransportError,
)
from google.auth.transport.requests import AuthorizedSession
from google.auth.transport.requests import Request as AuthRequest
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_JOB_RETRY, DEFAULT_RETRY
from requests import RequestException, Response
from requests import Session as PlainSession

from ingestion.bounds import Bounds
from ingestion.exchange import Bounded, exchange
from ingestion.http import REFUSALS, Answer, FailedError, RefusedError, answer_of
from ingestion.window import Window

DATASET = "bigquery-public-data.crypto_ethereum"
CREATED = ("block_timestamp", "block_number", "block_hash")
COLUMNS = {
    "token_transfers": (
        *("token_address", "from_address", "to_address", "value"),
        *("transaction_hash", "log_index", *CREATED),
    ),
    "tokens": ("address", "symbol", "name", "decimals", "total_supply", *CREATED),
}
# what asking again can't mend; quotas, limits and breakdowns pass
REFUSED_REASONS = frozenset(
    {
        *("accessDenied", "billingNotEnabled", "billingTierLimitExceeded", "blocked"),
        *("bytesBilledLimitExceeded", "invalid", "invalidQuery", "notFound"),
        *("notImplemented", "policyViolation", "responseTooLarge"),
    }
)
# no answer, or none of the form that the client takes apart
UNREADABLE = (
    *(TransportError, RequestException, ConnectionError),
    *(ValueError, TypeError, KeyError, AttributeError),
)
HTTPS = "https://"
JOB = re.compile(r"[A-Za-z0-9_-]{1,1024}")
NO_LOGIN = (
    "not asked, since there are no credentials of Google's: set "
    "GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login"
)
NO_PROJECT = "not asked, since SOURCES__ETHEREUM__PROJECT is not set"


@dataclass(frozen=True)
class Settings:
    """Where BigQuery is asked and for whom, and what a query may take."""

    base_url: str
    project: str
    maximum_bytes: int
    query_limit: int
    page_rows: int
    wait_seconds: int


@dataclass(frozen=True)
class Part:
    """A page of a query's answer, and how many rows the whole of it has."""

    request: dict[str, object]
    answer: Answer
    rows: int
    announced: int
    is_last: bool


class Session(AuthorizedSession):
    """Google's session, which asks for a token first where it has none."""

    def request(self, *args: Any, **options: Any) -> Response:  # noqa: ANN401 - of the library's
        """Send a request, and those that it takes, in the time of one."""
        with exchange(self.get_adapter(HTTPS).bounds, options["timeout"]):
            return super().request(*args, **options)


def bounded(session: PlainSession, bounds: Bounds) -> PlainSession:
    """Return a session that is led to no other host, and whose answers have bounds."""
    session.max_redirects = 0
    for scheme in ("http://", HTTPS):
        session.mount(scheme, Bounded(bounds))
    return session


class Queries:
    """A client of BigQuery that keeps the text of its last answer.

    Raises:
        RefusedError: there are no credentials, or no project to bill.

    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        runtime = resolve_configuration(RuntimeConfiguration())
        self.request_seconds = float(runtime.request_timeout)
        most = float(runtime.request_max_retry_delay)
        first = min(float(runtime.request_backoff_factor), most)
        self.retry, self.job_retry = (
            each.with_delay(initial=first, maximum=most).with_timeout(most * times)
            for each, times in ((DEFAULT_RETRY, 1), (DEFAULT_JOB_RETRY, 2))
        )
        with translated_errors():
            bounds = Bounds.set()
            auth = AuthRequest(bounded(PlainSession(), bounds))
            credentials, project = self._login(auth)
            session = bounded(Session(credentials, auth_request=auth), bounds)
            session.hooks["response"].append(self._keep)
            url = settings.base_url.rstrip("/")
            self.client = bigquery.Client(
                project=project,
                credentials=credentials,
                client_options={"api_endpoint": url} if url else None,
                _http=session,
            )

    def weigh(self, table: str, asked: Window, may_exceed: bool = False) -> int:
        """Return the bytes that a query would process, by a dry run.

        Raises:
            RefusedError: they are more than the settings allow; and see
                `translated_errors`.

        """
        with translated_errors():
            found = self._ask(table, asked, bigquery.QueryJobConfig(dry_run=True))
        weight, most = found.total_bytes_processed or 0, self.settings.maximum_bytes
        if weight > most and not may_exceed:
            raise RefusedError(
                f"not asked, since {asked} of {table} would process {weight:,} bytes "
                f"and SOURCES__ETHEREUM__MAXIMUM_BYTES is {most:,}"
            )
        return weight

    def pages(self, table: str, asked: Window) -> Iterator[Part]:
        """Yield the pages of a query's answer, each as it comes.

        Raises:
            RefusedError, FailedError: see `translated_errors`.

        """
        most = bigquery.QueryJobConfig(maximum_bytes_billed=self.settings.maximum_bytes)
        with translated_errors():
            found = self._ask(table, asked, most)
            pages = found.pages
        # it is noted with each page, which staging reads as JSON that Postgres can hold
        if not isinstance(found.job_id, str) or not JOB.fullmatch(found.job_id):
            raise FailedError("invalid job name")
        number, tokens = 0, set()
        while True:
            with translated_errors():
                page = next(pages, None)
            if found.next_page_token in tokens:
                raise FailedError("pagination did not advance")
            tokens |= {found.next_page_token} - {None}
            if page is None:
                if number == 0:
                    raise FailedError("the query's answer has no page")
                return
            number += 1
            request = {
                "table": table,
                "from": f"{asked.start:%Y-%m-%dT%H:%M:%SZ}",
                "to": f"{asked.end:%Y-%m-%dT%H:%M:%SZ}",
                "columns": ",".join(COLUMNS[table]),
                "job": found.job_id,
                "page": number,
            }
            if self.settings.query_limit:
                request["limit"] = self.settings.query_limit
            yield Part(
                request=request,
                answer=self.answer,
                rows=page.num_items,
                announced=found.total_rows,
                is_last=found.next_page_token is None,
            )

    def _ask(
        self, table: str, asked: Window, config: bigquery.QueryJobConfig
    ) -> bigquery.table.RowIterator:
        columns = ", ".join(f"`{column}`" for column in COLUMNS[table])
        limit = self.settings.query_limit
        config.query_parameters = [
            bigquery.ScalarQueryParameter(name, "TIMESTAMP", time)
            for name, time in (("start", asked.start), ("end", asked.end))
        ]
        return self.client.query_and_wait(
            f"select {columns} from `{DATASET}.{table}` "  # noqa: S608 - ours alone
            "where block_timestamp >= @start and block_timestamp < @end"
            f"{f' limit {limit}' if limit else ''}",
            job_config=config,
            page_size=self.settings.page_rows,
            api_timeout=self.request_seconds,
            wait_timeout=self.settings.wait_seconds,
            retry=self.retry,
            job_retry=self.job_retry,
        )

    def _login(
        self, auth: AuthRequest
    ) -> tuple[google.auth.credentials.Credentials, str]:
        if self.settings.base_url:
            return AnonymousCredentials(), self.settings.project or "stand-in"
        credentials, project = google.auth.default(bigquery.Client.SCOPE, auth)
        if not (self.settings.project or project):
            raise RefusedError(NO_PROJECT)
        return credentials, self.settings.project or project

    def _keep(self, response: Response, **_: object) -> None:
        """Keep the text of an answer that may hold rows."""
        if response.ok and "/queries" in urlsplit(response.url).path:
            self.answer = answer_of(response, response.content.decode(errors="replace"))


def are_same(body: str, other: str) -> bool:
    """Whether two answers have the same rows, in order, of as many in all.

    Each names a job of its own, and what that took.
    """
    one, two = (json.loads(each) for each in (body, other))
    return all(one.get(name) == two.get(name) for name in ("totalRows", "rows"))


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what Google's client raises as ours, in one sentence.

    Raises:
        RefusedError: BigQuery will not answer us, or this query.
        FailedError: a quota is used up, or it did not answer now.

    """
    try:
        yield
    except DefaultCredentialsError as error:
        raise RefusedError(NO_LOGIN) from error
    except (RetryError, GoogleAPICallError) as error:
        raise _as_failure(error) from error
    except UNREADABLE as error:
        raise FailedError(f"no readable answer ({type(error).__name__})") from error
    except GoogleAuthError as error:
        raise RefusedError(f"the login failed ({type(error).__name__})") from error
    except WaitError as error:
        raise FailedError("the query took longer than we wait") from error


def _as_failure(error: RetryError | GoogleAPICallError) -> RefusedError | FailedError:
    cause = error.cause if isinstance(error, RetryError) else error
    if not isinstance(cause, GoogleAPICallError):
        return FailedError(f"no readable answer ({type(cause).__name__})")
    reasons = [each.get("reason") for each in cause.errors if isinstance(each, dict)]
    reason = reasons[0] if reasons else None
    message = (str(cause.message).splitlines() or [""])[0]
    # the client puts the request before it and the fields after it
    message = message.rsplit("prettyPrint=false: ", 1)[-1].split("; reason: ")[0]
    said = f"HTTP {cause.code:d}, {reason or 'no reason'}: {message[:200]}"
    is_refusal = reason in REFUSED_REASONS if reason else cause.code in REFUSALS
    return RefusedError(said) if is_refusal else FailedError(said)
