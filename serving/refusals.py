"""What is answered instead of data: a sentence, and what is known instead."""

import logging
from collections.abc import Iterable

import msgspec
import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.responses import Response

logger = logging.getLogger(__name__)

NO_STORE = {"cache-control": "no-store"}
NOT_BUILT = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)
SHOWN = 50
"""So many of what is known are named."""


class Refusal(Exception):  # noqa: N818 - it is an answer
    """An answer other than 200: its status, its body, its headers."""

    def __init__(
        self, status: int, body: object, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = headers or {}

    def answer(self) -> Response:
        """Return it as JSON that nobody keeps."""
        return Response(
            msgspec.json.encode(self.body),
            self.status,
            {**NO_STORE, **self.headers},
            "application/json",
        )


def unknown(sentence: str, known: Iterable[str] = ()) -> Refusal:
    """Return a 404 that says what there is instead."""
    named = sorted(known)
    body = (
        {"detail": sentence, "known": named[:SHOWN]} if named else {"detail": sentence}
    )
    return Refusal(404, body)


def unfit(sentence: str) -> Refusal:
    """Return a 422: what was asked can't be read."""
    return Refusal(422, {"detail": sentence})


def busy(sentence: str, seconds: int = 1) -> Refusal:
    """Return a 503 that says when to ask again."""
    return Refusal(503, {"detail": sentence}, {"retry-after": str(seconds)})


def of_database(error: Exception) -> Refusal:
    """Return what an error of the database is answered by; its text goes to the log."""
    if isinstance(error, TooManyRequests):
        return busy("Too many requests wait already: ask again in a second.")
    if isinstance(error, psycopg.errors.QueryCanceled):
        return busy("The answer took longer than 5 seconds: ask for less.", 5)
    if isinstance(error, NOT_BUILT):
        logger.error("%s", error)
        return busy("A mart is not there: build it with dbt build, then ask again.", 30)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Refusal(403, {"detail": "The reader was not granted what is asked."})
    if isinstance(error, psycopg.DataError):
        return unfit("A value that was asked for is beyond what the database can hold.")
    if isinstance(error, PoolTimeout):
        return busy("No connection to the database is free: ask again in 5 seconds.", 5)
    if isinstance(error, psycopg.OperationalError):
        return busy("The database does not answer: ask again in 5 seconds.", 5)
    logger.error("%s: %s", type(error).__name__, error)
    return Refusal(500, {"detail": "The query failed: the service's log says why."})


async def refused(_: Request, refusal: Refusal) -> Response:
    """Answer a refusal."""
    return refusal.answer()


async def failed(_: Request, error: psycopg.Error) -> Response:
    """Answer for the database."""
    return of_database(error).answer()


def of_request(error: RequestValidationError) -> Refusal:
    """Return what a parameter that is missing or can't be read is answered by."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part not in ("query", "path")]
    return unfit(f"{'.'.join(place) or 'The request'}: {first['msg']}.")


async def unread(_: Request, error: RequestValidationError) -> Response:
    """Answer for a parameter that is missing or can't be read, in a sentence."""
    return of_request(error).answer()


async def not_found(_: Request, error: HTTPException) -> Response:
    """Answer for an address that there is not, or not by that method."""
    sentence = {
        404: "There is nothing at this address: /docs names what there is.",
        405: "This address does not know that method.",
    }
    body = {"detail": sentence.get(error.status_code, error.detail)}
    return Refusal(error.status_code, body, dict(error.headers or {})).answer()


async def broken(_: Request, error: Exception) -> Response:
    """Answer for a fault of ours; the trace goes to the log alone."""
    logger.error("a request failed", exc_info=error)
    return Refusal(500, {"detail": "The service failed: its log says why."}).answer()


HANDLERS = {
    Refusal: refused,
    psycopg.Error: failed,
    RequestValidationError: unread,
    HTTPException: not_found,
    Exception: broken,
}
"""PoolTimeout and TooManyRequests are psycopg's OperationalErrors, too."""
