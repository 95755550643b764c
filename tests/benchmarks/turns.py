"""`make bench BEFORE=REVISION`: this tree and an older one by turns, since a shared machine's speed
changes within minutes. What counts is the ratio of two neighbouring turns.

Both are measured by this tree's benchmark: its folder is copied into a checkout of the older one,
whose test helpers have to be like ours. Of a much older tree, run its own benchmark by hand.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]

BENCHMARKS = "tests/benchmarks"

Measured = dict[tuple[str, str, str], float]  # by stage, figure and unit


def main() -> None:
    options, arguments = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)
    now: list[Measured] = []
    before: list[Measured] = []
    with _checkout(options.before) as older:
        for turn in range(1, options.turns + 1):
            for name, tree, found in (("now", ROOT, now), (options.before, older, before)):
                console.log(f"turn {turn} of {options.turns}: {name}")
                found.append(_measure(tree, arguments))
    console.print(_table(compare(before, now)))
    load = ", ".join(f"{it:.1f}" for it in os.getloadavg())
    console.print(f"{os.cpu_count()} cores; load of the last 1, 5 and 15 minutes: {load}")


@contextmanager
def _checkout(revision: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chat-before-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        tree = Path(folder) / "tree"
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", tree, revision], cwd=ROOT, check=True
        )
        try:
            shutil.rmtree(tree / BENCHMARKS)
            shutil.copytree(ROOT / BENCHMARKS, tree / BENCHMARKS)
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def _measure(tree: Path, arguments: list[str]) -> Measured:
    """Raises CalledProcessError when a stage failed."""
    with tempfile.TemporaryDirectory(prefix="chat-turn-") as folder:
        Path(folder).chmod(0o755)
        command = [sys.executable, "-m", "tests.benchmarks.run", "--folder", folder, *arguments]
        subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)
        (written,) = Path(folder).glob("*.json")
        figures = json.loads(written.read_text())["figures"]
    return {(it["stage"], it["name"], it["unit"]): it["value"] for it in figures}


@dataclass(frozen=True, slots=True)
class Compared:
    stage: str
    name: str
    unit: str
    before: list[float]
    now: list[float]

    @property
    def ratio(self) -> float | None:
        """Of now to before: the median of the turns'."""
        ratios = [now / before for before, now in zip(self.before, self.now, strict=True) if before]
        return statistics.median(ratios) if ratios else None


def compare(before: list[Measured], now: list[Measured]) -> list[Compared]:
    """What was measured in each turn of both; the best of several windows may be another one."""
    everywhere = [key for key in now[0] if all(key in turn for turn in before + now)]
    return [
        Compared(*key, [turn[key] for turn in before], [turn[key] for turn in now])
        for key in everywhere
    ]


def _table(compared: list[Compared]) -> Table:
    caption = "Medians; in brackets the turns. The ratio is the median of theirs."
    table = Table(pad_edge=False, caption=caption)
    table.add_column("")
    for title in ("before", "now", "now : before"):
        table.add_column(title, justify="right")
    stage = ""
    for each in compared:
        if each.stage != stage:
            stage = each.stage
            table.add_section()
            table.add_row(f"[bold]{stage}[/]")
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        cells = [_turns(values, each.unit) for values in (each.before, each.now)]
        table.add_row(f"  {each.name}", *cells, ratio)
    return table


def _turns(values: list[float], unit: str) -> str:
    def told(value: float) -> str:
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"

    return f"{told(statistics.median(values))} {unit} ({', '.join(map(told, values))})"


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Everything else is handed to tests.benchmarks.run."
    )
    parser.add_argument("before", metavar="REVISION", help="of git, to compare with")
    parser.add_argument("--turns", type=int, default=3)
    return parser.parse_known_args()


if __name__ == "__main__":
    main()
