"""The boards' HTML, and what it needs: styles, a script, Plotly's own file."""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from serving.boards import people
from serving.boards.board import Found, Panel

FOLDER = Path(__file__).parent / "assets"
ASSETS = ("plotly.js", "boards.js", "boards.css", "icon.svg")
KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "base-uri 'none'; frame-ancestors 'none'"
)
MOST_ROWS = 1000
HASH = re.compile("0x[0-9a-f]{40,}")


def html(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - a page's
    """Return a page, which may load what is of this service alone."""
    return Response(
        write(template, **values),
        status,
        {"content-security-policy": POLICY},
        "text/html",
    )


def write(template: str, **values: Any) -> str:  # noqa: ANN401 - a page's
    """Return a page's text."""
    return _templates().get_template(f"{template}.html").render(**values)


def table(found: Found, title: str) -> str:
    """Return rows as an HTML table of a title, the first thousand of them."""
    names = [name.replace("_", " ") for name in found.rows.names]
    columns = [found.shown(name) for name in found.rows.names]
    is_number = [kind in people.NUMBERS for kind in found.rows.types]
    rows = list(zip(*columns, strict=True))
    return write(
        "table",
        title=title,
        names=names,
        rows=rows[:MOST_ROWS],
        count=len(rows),
        most=MOST_ROWS,
        is_number=is_number,
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = lambda name: f"/boards/assets/{hashed(name)}"
    made.filters["commands"] = commands
    made.filters["cell"] = cell
    made.tests["hash"] = HASH.fullmatch
    return made


def cell(value: str) -> Markup:
    """Return a table's text; an address or a hash is shortened for the eye alone."""
    if not HASH.fullmatch(value):
        return commands(value)
    return Markup('<span class="hash" title="{}"><span>{}</span>{}</span>').format(
        value, value[:-4], value[-4:]
    )


def commands(sentence: str) -> Markup:
    """Return a sentence whose `commands` are marked as such."""
    parts = str(sentence).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


@cache
def asset(name: str) -> tuple[bytes, bytes, str]:
    """Return a file's bytes, the same compressed, and their media type."""
    if name == "plotly.js":
        body = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    else:
        body = (FOLDER / name).read_bytes()
    return body, gzip.compress(body, 6), KINDS[name.rpartition(".")[2]]


@cache
def hashed(name: str) -> str:
    """Return a file's name with what it holds, so that it can be kept for good."""
    stem, _, kind = name.rpartition(".")
    return f"{stem}-{hashlib.blake2b(asset(name)[0], digest_size=8).hexdigest()}.{kind}"


def theme() -> Markup:
    """Return the figures' look as JSON that stands in a page."""
    from serving.boards.theme import THEME

    return _in_page(THEME)


def figure(panel: Panel, found: Found) -> bytes:
    """Return what a panel shows, as JSON: sentences, and a figure or a table."""
    said = [commands(sentence) for sentence in panel.sentences(found)]
    shown: dict[str, object] = {"said": [str(sentence) for sentence in said]}
    if panel.draw is None:
        shown["table"] = table(found, panel.title)
    elif found.rows.rows:
        drawn = panel.draw(found)
        drawn.layout.template = None
        shown["figure"] = msgspec.Raw(drawn.to_json().encode())
        shown["label"] = f"{panel.title}: a figure of {len(found.rows.rows):,} rows."
    return msgspec.json.encode(shown)


def _in_page(value: object) -> Markup:
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON without a tag
