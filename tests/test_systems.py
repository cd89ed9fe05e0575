"""Each system has all of its parts; this file alone prints what a new one still lacks.

`python -m pytest --quiet tests/test_systems.py`
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from inspect import signature

import pytest

from ingestion.ingest import raw_tables
from ingestion.sources import KINDS, SYSTEMS, source_of
from tests.trust.all_marts import COMPARISONS
from tests.trust.content.walk import STORIES
from tests.trust.test_nul_character import BODIES
from warehouse import ROOT

JOBS = "orchestration/definitions.py"
MACROS = ROOT / "dbt_project/macros"
STAGING = ROOT / "dbt_project/models/staging"
QUALITY = ROOT / "dbt_project/models/marts/quality"


def lacking(system: str) -> Iterator[str]:
    """Say what a system lacks, each with where it belongs."""
    has_module = find_spec(f"ingestion.sources.{system}") is not None
    if not has_module:
        yield f"SOURCE in ingestion/sources/{system}.py"
    source = source_of(system) if has_module else None
    is_asked = source is None or "folder" not in signature(source.resources).parameters
    tables = list(source.tables) if source else [f"{system}__things"]
    kind = next((kind for kind, each in KINDS.items() if system in each), "things")
    for where, words in (
        (".env.example", f"SOURCES__{system}__".upper()),
        (JOBS, f'KINDS["{kind}"]'),
        ("README.md", f"`{system}`"),
    ):
        if words not in (ROOT / where).read_text():
            yield f"{words} in {where}"
    if is_asked and not _has_stand_in(system):
        yield f"build() in sandbox/{system}"
    yield from _lacking_models(system, tables)
    for table in tables:
        if not table.startswith(f"{system}__"):
            yield f"the stem {system}__ of the table {table}"
    if system not in STORIES:
        yield "stories in tests/trust/content/"
    if system not in COMPARISONS:
        yield "a comparison in tests/trust/all_marts.py"
    # the ECB's answers are zipped
    if system not in BODIES and is_asked and system != "ecb":
        yield "a body in tests/trust/test_nul_character.py"


def _has_stand_in(system: str) -> bool:
    """Whether the app of the stand-ins has one of a system."""
    name = f"sandbox.{system}"
    return bool(find_spec(name)) and hasattr(import_module(name), "build")


def _lacking_models(system: str, tables: list[str]) -> Iterator[str]:
    """Say what a system lacks in dbt's project."""
    sources = (STAGING / "_sources.yml").read_text().split()
    for table in (*tables, f"{system}__fetches"):
        if table not in sources:
            yield f"{table} in models/staging/_sources.yml"
    exchanges = (MACROS / "candles/exchanges.sql").read_text().split()
    listed = (MACROS / "quality/raw_tables.sql").read_text().split()
    quarantine = STAGING / system / f"stg_{system}__rejected.sql"
    for table in tables:
        if table not in listed and table not in exchanges:
            yield f"{table} in macros/quality/raw_tables.sql, or candles/exchanges.sql"
        if not (STAGING / system / f"stg_{table}.sql").exists():
            yield f"the model stg_{table} in models/staging/{system}/"
        rejected = STAGING / system / f"stg_{table}__rejected.sql"
        if not (rejected.exists() or quarantine.exists()):
            yield f"the model stg_{table}__rejected in models/staging/{system}/"
    series = "".join(path.read_text() for path in (QUALITY / "coverage").glob("*"))
    series += " ".join(each.partition("__")[0] for each in exchanges)
    # a file of a loan book is of no time
    if not re.search(rf"\b{system}\b", series) and system != "loans":
        yield f"{system} in an int_coverage__ of models/marts/quality/coverage/"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_has_all_of_its_parts(system):
    lacks = list(lacking(system))
    if lacks:
        pytest.fail(f"{system} lacks\n- " + "\n- ".join(lacks), pytrace=False)


def test_a_system_of_which_there_is_nothing_lacks_all():
    lacks = "\n".join(lacking("nowhere"))

    assert len(lacks.splitlines()) == 14
    assert "SOURCE in ingestion/sources/nowhere.py" in lacks
    assert "the model stg_nowhere__things__rejected in models/staging/nowhere/" in lacks


def test_the_readmes_table_has_all_systems():
    _, _, rows = (ROOT / "README.md").read_text().partition("\n| system |")
    told = [row.split("|")[1] for row in rows.partition("\n\n")[0].splitlines()[2:]]

    assert sorted(re.findall("`(.*?)`", "".join(told))) == sorted(SYSTEMS)


def test_dbt_lists_the_raw_tables_that_ingestion_has():
    listed = [
        line.split()
        for path in ("candles/exchanges.sql", "quality/raw_tables.sql")
        for line in (MACROS / path).read_text().splitlines()
        if re.match("[a-z]+__", line)
    ]
    pages = [table for table in raw_tables() if not table.endswith("__fetches")]

    tables = [word for words in listed for word in words if "__" in word]
    assert tables == pages
