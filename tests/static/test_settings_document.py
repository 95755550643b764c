"""docs/settings.md has every setting that is read from the environment, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs/settings.md"
READERS = [
    ROOT / "chatproject/settings.py",
    *sorted((ROOT / "chatproject/configuration").glob("*.py")),
    *sorted((ROOT / "chatproject/environment").glob("*.py")),
]
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
READER = re.compile(r"(ENVIRONMENT|environment)\.(?!note)|self\.text$|number$")
ROW = re.compile(r"(?m)^\| (`[^|]+`) \|")
OF_LIBRARIES = {"OTEL_EXPORTER_OTLP_ENDPOINT"}  # which OpenTelemetry reads itself


def read_names(path: Path) -> Iterator[str]:
    """What is asked for as in `environment.text("NAME")`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            value, reader = str(node.args[0].value), ast.unparse(node.func)
            if READER.match(reader) and NAME.fullmatch(value):
                yield value


def test_the_document_has_every_setting() -> None:
    read = {name for path in READERS for name in read_names(path)}
    told = [name for row in ROW.findall(DOCUMENT.read_text()) for name in NAME.findall(row)]
    assert len(read) > 70
    assert len(told) == len(set(told))
    assert set(told) - OF_LIBRARIES == read


def test_the_readme_says_the_same() -> None:
    rows = [row for row in (ROOT / "README.md").read_text().splitlines() if ROW.match(row)]
    assert len(rows) > 8
    told = DOCUMENT.read_text().splitlines()
    assert [row for row in rows if row.replace("](docs/", "](") not in told] == []


def test_a_setting_that_is_read_is_noticed(tmp_path: Path) -> None:
    """Else the comparison could not fail."""
    (tmp_path / "some.py").write_text(
        'ENVIRONMENT.text("ONE", "x")\nenvironment.flag("TWO")\nprint("THREE")\n'
    )
    assert list(read_names(tmp_path / "some.py")) == ["ONE", "TWO"]
