"""Dagster's pages, which other people's pages may not use.

Dagster's web server looks neither at who asks nor by which name: any page in a browser
on this machine could launch runs. It has no setting for that.
"""

import os

import warehouse
from warehouse.pages import OwnPages

QUERIES = "/graphql"
NAMES = "DAGSTER_NAMES"
"""The setting of further names by which the pages are asked, with commas between."""


def guard() -> None:
    """Have the web server of this process look at each request first."""
    from dagster_webserver.webserver import DagsterWebserver  # of that process alone
    from starlette.middleware import Middleware

    theirs = DagsterWebserver.build_middleware
    if getattr(theirs, "is_guarded", False):
        return
    text = warehouse.environment().get(NAMES, os.environ.get(NAMES, ""))
    names = {name.strip().lower() for name in text.split(",") if name.strip()}

    def build_middleware(self: DagsterWebserver) -> list[Middleware]:
        guarded = Middleware(OwnPages, queries=QUERIES, names=names)
        return [guarded, *theirs(self)]

    build_middleware.is_guarded = True
    DagsterWebserver.build_middleware = build_middleware
