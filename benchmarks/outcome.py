"""The figures of one run, and the one table that shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from rich import box
from rich.table import Table


@dataclass
class Figure:
    """What was measured, a sample a repeat; `rows` gives the rate."""

    unit: str
    rows: int | None
    samples: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return median(self.samples)

    def cells(self) -> tuple[str, ...]:
        """Return the median, the spread, the rows a second and the note, as text."""
        low, high = min(self.samples), max(self.samples)
        rate = f"{self.rows / self.median:,.0f}" if self.rows else ""
        spread = f"{_number(low)} to {_number(high)}"
        return f"{_number(self.median)} {self.unit}", spread, rate, self.note


@dataclass
class Outcome:
    """Figures by section and name, and the targets, in the order they came."""

    sections: dict[str, dict[str, Figure]] = field(default_factory=dict)
    targets: list[tuple[str, float, str, bool]] = field(default_factory=list)

    def add(
        self,
        section: str,
        name: str,
        sample: float,
        unit: str = "s",
        rows: int | None = None,
    ) -> None:
        """Note one sample of a figure."""
        figures = self.sections.setdefault(section, {})
        figures.setdefault(name, Figure(unit, rows)).samples.append(sample)

    def median(self, section: str, name: str) -> float:
        """Return a figure's median."""
        return self.sections[section][name].median

    def remark(self, section: str, name: str, text: str) -> None:
        """Note a text that is shown beside a figure; the last one counts."""
        self.sections[section][name].note = text

    def target(
        self, name: str, ratio: float, wanted: str, is_met: Callable[[float], bool]
    ) -> None:
        """Note a ratio that has a target."""
        self.targets.append((name, ratio, wanted, is_met(ratio)))

    def table(self) -> Table:
        """Return all as one table, in Markdown."""
        table = Table(box=box.MARKDOWN)
        table.add_column(no_wrap=True, min_width=64)
        for heading in ("median", "least to most", "rows/s"):
            table.add_column(heading, justify="right", no_wrap=True, min_width=12)
        table.add_column("target, or rows written", overflow="fold")
        for section, figures in self.sections.items():
            table.add_row(f"[bold]{section}[/]")
            for name, figure in figures.items():
                table.add_row(f"  {name}", *figure.cells())
        table.add_row("[bold]Targets[/]")
        for name, ratio, wanted, is_met in self.targets:
            verdict = f"{wanted}: {'met' if is_met else 'missed'}"
            table.add_row(f"  {name}", f"{ratio:.2f}", "", "", verdict)
        return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
