"""Refusals in the form of a dialect, whatever they come from."""

from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from serving.refusals import Refusal, of_database, of_request

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Form = Callable[[int, str], object]
"""Makes a body of a status and a sentence."""
SENTENCES = {
    400: "A parameter can't be read, or not be served.",
    404: "What is asked for is not known.",
    422: "A parameter can't be read, or not be served.",
    503: "The database does not answer: ask again in 5 seconds.",
}


def dialect(prefix: str, name: str, form: Form) -> APIRouter:
    """Return a router whose refusals are what `form` makes of them, and said to be."""
    refused: dict[int | str, dict[str, Any]] = {
        status: {
            "description": sentence,
            "content": {"application/json": {"example": form(status, sentence)}},
        }
        for status, sentence in SENTENCES.items()
    }
    return APIRouter(
        prefix=prefix,
        tags=[f"dialect: {name}"],
        route_class=_refusing(form),
        responses=refused,
    )


def _refusing(form: Form) -> type[APIRoute]:
    class Route(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await inner(request)
                except RequestValidationError as error:
                    refusal = of_request(error)
                except psycopg.Error as error:
                    refusal = of_database(error)
                except Refusal as error:
                    refusal = error
                raise _formed(refusal, form)

            return handle

    return Route


def _formed(refusal: Refusal, form: Form) -> Refusal:
    body = refusal.body
    if not isinstance(body, dict) or "detail" not in body:
        return refusal
    known = f" There are: {', '.join(body['known'])}." if "known" in body else ""
    formed = form(refusal.status, body["detail"] + known)
    return Refusal(refusal.status, formed, refusal.headers)
