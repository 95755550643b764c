"""Vectors: cases of the rules that the server or its client and the browser both implement.

The tests beside the JSON files hold the Python side to them, `tests/js/*.test.js` the browser's.
"""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> list[dict[str, Any]]:
    """The cases of `<name>.json`; each has a `name`."""
    cases: list[dict[str, Any]] = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return cases
