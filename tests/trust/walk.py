"""How a system is led from one step to the next, and what is true then."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingestion.ingest import ingest
from ingestion.report import Report
from tests.support.stand_in import Sandbox
from tests.support.tables import Tables


@dataclass
class Walk:
    """A system on its way; its keys are all asked in one run if it has several."""

    sandbox: Sandbox
    tables: Tables
    system: str = ""
    models: tuple[str, ...] = ()
    step: int = 0

    def calm(self) -> None:
        """End all faults; the stand-in stays where it is."""
        self.sandbox.reset()
        self.set_up()

    def go_on(self) -> None:
        """Go on to the next step."""
        self.step += 1
        self.keys("ab")
        self.set_up()

    def keys(self, names: Iterable[str]) -> dict[str, dict]:
        """Return a key of its own for each name, if a system has several in one run."""
        return {}

    def set_up(self) -> None:
        """Bring the stand-in to the present step."""

    def run(self) -> list[Report]:
        """Ingest what the present step has."""
        return [ingest(self.system)]

    def note(self, reports: list[Report]) -> None:
        """Remember what a run that went well has landed."""

    def assert_true(self) -> None:
        """Compare what dbt built with what is true, row by row."""
        raise NotImplementedError
