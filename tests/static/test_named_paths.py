"""Files that the Makefile, the scripts of `.ci` and the documents name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
READ = [
    *(ROOT / name for name in ("Makefile", "README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(it for it in (ROOT / ".ci").iterdir() if it.is_file()),
    *sorted((ROOT / "docs").glob("*.md")),
]
FOLDERS = (
    r"accounts|attachments|chatproject|conversations|deploy|docs|messaging|templates|tests|\.ci"
)
NAMED = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./-]*\w)")
PLACEHOLDER = re.compile(r"/[A-Z]+$")  # as in tests/faults/NAME


def exists(named: str) -> bool:
    """Documents name tests without their first folder, too, and modules without a suffix."""
    return any(
        (ROOT / folder / f"{named}{suffix}").exists()
        for folder in ("", "tests")
        for suffix in ("", ".py")
    )


@pytest.mark.parametrize("path", READ, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_named_file_is_there(path: Path) -> None:
    named = {it for it in NAMED.findall(path.read_text()) if not PLACEHOLDER.search(it)}
    assert {it for it in named if not exists(it)} == set()


def test_names_are_found() -> None:
    found = NAMED.findall((ROOT / "Makefile").read_text())
    assert "tests/messaging/archive" in found
    assert not exists("tests/messaging/gone.py")
