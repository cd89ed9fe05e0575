"""What OpenAPI says of the clean API's answers."""

from typing import Any

from serving.listing import MEDIA_TYPES, Listing

SENTENCE = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {"type": "string", "description": "One sentence."},
        "known": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Some of what there is instead.",
        },
    },
}
TYPES = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "exact": {"type": ["string", "number"]},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
}
Documented = dict[int | str, dict[str, Any]]
EVERYWHERE: Documented = {
    304: {"description": "What If-None-Match names is still so."},
    400: {"description": "A parameter can't be read, to programs that know it so."},
    401: {"description": "A key is needed, beyond the service's own machine."},
    404: {"description": "What is asked for is not known."},
    421: {"description": "The service answers to its own machine's names alone."},
    422: {"description": "A parameter can't be read."},
    429: {"description": "Too many requests in a second."},
    503: {"description": "The database or a mart is not there, or too many wait."},
}
"""What any address may answer, in the form of the dialect that it is of."""
REFUSALS: Documented = {
    status: {**answer, "content": {"application/json": {"schema": SENTENCE}}}
    for status, answer in EVERYWHERE.items()
    if status in (404, 422, 503)
}
"""What the clean API refuses, in its form."""


def one(columns: dict[str, str], nullable: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON schema of an object whose columns are of these kinds."""
    return {
        "type": "object",
        "required": list(columns),
        "properties": {
            name: _or_null(TYPES[kind]) if name in nullable else TYPES[kind]
            for name, kind in columns.items()
        },
    }


def rows_of(listing: Listing) -> Documented:
    """Return what a list answers: a page as JSON, or all rows in another format."""
    columns = listing.columns
    row = one(columns, tuple(name for name in columns if name not in listing.key))
    content = {name.split(";")[0]: {} for name in MEDIA_TYPES.values()}
    content["application/json"] = {"schema": {"type": "array", "items": row}}
    link = {"description": "The next page, as rel=next.", "schema": {"type": "string"}}
    return {
        200: {"description": "Rows.", "content": content, "headers": {"Link": link}}
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*kinds, "null"]}
