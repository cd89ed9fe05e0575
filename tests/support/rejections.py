"""The codes of rejections, as the docs list them."""

import re

from ingestion.sources import EXCHANGES
from tests.support.database import Database
from warehouse import ROOT

DOCS = ROOT / "docs" / "rejections.md"
ROW = re.compile(r"^\| `(\w+)` \| .* \| (.*) \|$", re.MULTILINE)
UNKNOWN = "unknown"


def listed() -> dict[str, set[str]]:
    """Return each code with the systems that give it; exchanges have the same."""
    return {
        code: {
            *re.findall(r"`(\w+)`", systems),
            *(EXCHANGES if "exchanges" in systems else ()),
        }
        for code, systems in ROW.findall(DOCS.read_text())
    }


def assert_coded(database: Database, quarantine: str) -> None:
    """Look at a table of rejects: each has a code, and one that its system gives."""
    system = quarantine.removeprefix("staging.stg_").split("__")[0]
    codes = database.query(f"select distinct rejected_code from {quarantine}")  # noqa: S608 - a table of ours
    known = {code for code, systems in listed().items() if system in systems}
    assert {code for (code,) in codes} <= known
