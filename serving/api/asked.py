"""The parameters that all lists of the clean API have."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request

from serving.listing import MOST, PAGE, Asked, Numbers, form_of


@dataclass(frozen=True)
class Page:
    """How much of a list, from where on, and in which form."""

    request: Request
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="Rows of a page, as JSON.")
    ] = PAGE
    cursor: Annotated[
        str | None, Query(description="From the Link of the page before.")
    ] = None
    format: Annotated[
        str | None,
        Query(description="json, csv, ndjson, arrow or parquet; else by Accept."),
    ] = None
    numbers: Annotated[
        Numbers, Query(description="Whether exact numbers are text or JSON numbers.")
    ] = "text"

    def asked(self) -> Asked:
        """Return it as what a listing is asked."""
        return Asked(
            limit=self.limit,
            cursor=self.cursor,
            form=form_of(self.request, self.format),
            as_numbers=self.numbers == "number",
        )
