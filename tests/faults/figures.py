"""What the campaigns have seen, kept for docs/reliability.md: `python -m tests.faults.figures`."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / ".data" / "faults" / "figures.jsonl"


def record(fault: str, criterion: str, seen: str) -> None:
    """Adds a line of the table; the last one of a fault counts."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    line = {"fault": fault, "criterion": criterion, "seen": seen, "test": test}
    with FILE.open("a") as file:
        file.write(json.dumps({**line, "at": datetime.now(UTC).isoformat()}) + "\n")


def table() -> str:
    rows: dict[str, dict[str, str]] = {}
    for line in FILE.read_text().splitlines() if FILE.exists() else ():
        row = json.loads(line)
        rows[row["fault"]] = row
    cells = ["| fault | pass | seen | test |", "| --- | --- | --- | --- |"]
    cells += [
        "| {fault} | {criterion} | {seen} | `{test}` |".format(**row) for row in rows.values()
    ]
    return "\n".join(cells)


if __name__ == "__main__":
    print(table())
