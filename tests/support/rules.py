"""A copy of the project whose rules someone changes, and what it makes."""

import re
import shutil
from pathlib import Path

from ingestion.ingest import ingest
from ingestion.window import Window
from tests.support.database import Database
from tests.support.dbt import run_dbt
from warehouse import ROOT

DAY = Window.between("2024-05-21", "2024-05-22")
OF_NOW = ("ecb", "loans", "coinmarketcap", "cryptocompare")
SCHEMAS = ("staging", "intermediate", "marts")
TABLES = """
select schemaname || '.' || tablename
from pg_tables
where schemaname = any(%s)
order by 1
"""
ROWS = """
select (to_jsonb(held) - array['updated_at', 'changed_in', 'rejected_at'])::text
from {} as held
order by 1
"""
KEPT = "kept.changed_in is null or hashtext(concat_ws(' ', {})) % 5 != 0"


def land_a_day() -> None:
    """Land a day of what has a past, all rates of the ECB, rankings and a loan book."""
    for system in ("binance", "plant", "xe", "ethereum"):
        assert not ingest(system, DAY).bad
    for system in OF_NOW:
        assert not ingest(system).bad


class Rules:
    """The project in a folder of its own, and the database that it builds."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.project = folder / "dbt_project"
        self.changed: dict[Path, str] = {}
        left_out = shutil.ignore_patterns("target", "logs")
        shutil.copytree(ROOT / "dbt_project", self.project, ignore=left_out)

    def change(self, file: str, old: str, new: str) -> None:
        """Write `new` for `old`, which is in a file once."""
        path = self.project / file
        text = path.read_text()
        assert text.count(old) == 1, file
        self.changed.setdefault(path, text)
        path.write_text(text.replace(old, new))

    def filter(self, model: str) -> None:
        """Have a model leave out a fifth of its rows, in whatever way it makes them."""
        (path,) = self.project.glob(f"models/**/{model}.sql")
        text = path.read_text()
        self.changed.setdefault(path, text)
        head, closing, query = text.partition(") }}\n")
        key = head.partition("unique_key=[")[2].partition("]")[0]
        columns = re.findall(r"'(\w+)'", key)
        kept = KEPT.format(", ".join(f"kept.{column}" for column in columns))
        path.write_text(
            f"{head}{closing}\nselect kept.*\nfrom (\n{query}\n) as kept\n"
            f"where {kept}\n"
        )

    def take_back(self) -> None:
        """Make the project what it was."""
        for path, text in self.changed.items():
            path.write_text(text)
        self.changed.clear()

    def build(self, *words: str) -> dict[str, list[tuple[str]]]:
        """Build all models; return the rows of all tables, but for when they came."""
        said = run_dbt(self.project, self.folder / "target", "run", *words)
        bad = {name: why for name, why in said.items() if why != "success"}
        assert not bad
        return self.rows()

    def build_afresh(self) -> dict[str, list[tuple[str]]]:
        """Build all models where nothing was built."""
        for (name,) in self.database.query(TABLES, [*SCHEMAS, "ops"]):
            self.database.query(f"drop table {name} cascade")
        return self.build()

    def rows(self) -> dict[str, list[tuple[str]]]:
        """Return the rows of all tables."""
        names = self.database.query(TABLES, list(SCHEMAS))
        return {name: self.database.query(ROWS.format(name)) for (name,) in names}


def differences(one: dict[str, list], other: dict[str, list]) -> dict[str, tuple]:
    """Return how many rows only one has of each table that differs, and an example."""
    found = {}
    for name in one.keys() | other.keys():
        mine, theirs = set(one.get(name, [])), set(other.get(name, []))
        if mine != theirs:
            sides = [sorted(mine - theirs), sorted(theirs - mine)]
            found[name] = tuple((len(side), side[:1]) for side in sides)
    return found
