"""Refusals in the form of a dialect, whatever they come from."""

from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from serving.refusals import Refusal, of_database, of_request

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def refusing(form: Callable[[int, str], object]) -> type[APIRoute]:
    """Return a class of routes whose refusals are what `form` makes of them.

    It is given the status and the sentence, and returns the body.
    """

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


def _formed(refusal: Refusal, form: Callable[[int, str], object]) -> Refusal:
    body = refusal.body
    if not isinstance(body, dict) or "detail" not in body:
        return refusal
    known = f" There are: {', '.join(body['known'])}." if "known" in body else ""
    told = form(refusal.status, body["detail"] + known)
    return Refusal(refusal.status, told, refusal.headers)
