"""What was measured, and its form as a table and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.accounting import Usage


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `goal` is a lower bound for rates and ratios, an upper one for times."""

    stage: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    lower_is_better: bool = False
    shares: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Measured against the goal, so that above 1 is met whichever way it goes."""
        if not self.goal or not self.value:
            return None
        return self.goal / self.value if self.lower_is_better else self.value / self.goal


def at(values: Sequence[float], part: float) -> float:
    """The quantile of values in any order; 0.99 is the 99th percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def latencies(values: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    marks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: round(1000 * at(values, part), 3) for name, part in marks.items()}


def cpu_per(usage: Usage, count: int) -> dict[str, float]:
    """CPU microseconds of each party for one of `count`."""
    return {
        f"{who}_us": round(1e6 * spent / count, 1)
        for who, spent in usage.cpu.items()
        if count and who != "others"
    }


def machine() -> dict[str, Any]:
    model = [
        line.partition(": ")[2]
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "processor": model[0] if model else platform.processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def write_json(path: Path, figures: Sequence[Figure], about: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        **about,
        "figures": [asdict(figure) | {"ratio": figure.ratio} for figure in figures],
    }
    path.write_text(json.dumps(report, indent=1) + "\n")


def print_table(figures: Sequence[Figure], console: Console) -> None:
    """Shares are of one core: `gen` is the load generator's own, `else` what is not ours."""
    table = Table(show_lines=False, pad_edge=False)
    for title in ("", "measured"):
        table.add_column(title, justify="left" if not title else "right", no_wrap=True)
    for title in ("goal", "ratio", "server", "postgres", "redis", "gen", "else"):
        table.add_column(title, justify="right", no_wrap=True)
    stage = ""
    for figure in figures:
        if figure.stage != stage:
            stage = figure.stage
            table.add_section()
            table.add_row(f"[bold]{stage}[/]")
        table.add_row(*_cells(figure))
    console.print(table)
    console.print("Shares are of one core; else: what runs here and is not part of this.")


def _cells(figure: Figure) -> list[str]:
    goal = ratio = ""
    if figure.goal is not None:
        sign = "<" if figure.lower_is_better else ">"
        goal = f"{sign} {_number(figure.goal)}"
        colour = "green" if (figure.ratio or 0) >= 1 else "red"
        ratio = f"[{colour}]{figure.ratio or 0:.2f}[/]"
    shares = [
        f"{100 * figure.shares[who]:.0f} %" if who in figure.shares else ""
        for who in ("server", "postgres", "redis", "generator", "others")
    ]
    return [f"  {figure.name}", f"{_number(figure.value)} {figure.unit}", goal, ratio, *shares]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
