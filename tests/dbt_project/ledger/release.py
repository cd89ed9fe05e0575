"""A copy of the small project, whose files and macros a later release changes."""

import shutil
from pathlib import Path
from typing import Any

from tests.support.dbt import LEDGER_PROJECT, invoke, run_dbt
from warehouse import ROOT

MACROS = "../../../dbt_project/macros/ledger"


class Release:
    """A project of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.project, self.target = folder / "project", folder / "target"
        shutil.copytree(LEDGER_PROJECT, self.project)
        shutil.copytree(ROOT / "dbt_project/macros/ledger", self.project / "macros")
        self.change("dbt_project.yml", MACROS, "macros")

    def change(self, file: str, old: str, new: str) -> None:
        """Write `new` for the text `old` of a file, everywhere."""
        text = (self.project / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    def write(self, file: str, text: str) -> None:
        """Write a file of the project."""
        path = self.project / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def dbt(self, *words: str) -> dict[str, str]:
        """Run dbt; return what each model said."""
        return run_dbt(self.project, self.target, *words)

    def manifest(self, *words: str) -> dict[str, Any]:
        """Return the project as it is parsed by now."""
        parsed = invoke(self.project, self.target, "parse", *words)
        assert parsed.success, parsed.exception
        return parsed.result.writable_manifest().to_dict(omit_none=False)
