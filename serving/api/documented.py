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


def _sentence(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": SENTENCE}},
    }


REFUSALS: Documented = {
    304: {"description": "What If-None-Match names is still so."},
    401: _sentence("A key is needed, beyond the service's own machine."),
    404: _sentence("What is asked for is not known."),
    421: _sentence("The service answers to the names of its own machine alone."),
    422: _sentence("A parameter can't be read."),
    429: _sentence("Too many requests in a second."),
    503: _sentence("The database or a mart does not answer, or too many wait."),
}


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
