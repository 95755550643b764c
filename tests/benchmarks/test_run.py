"""The benchmark itself: every stage measures something, and it goes through. Counts only."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import database
from tests.benchmarks.stages import MANY, STAGES
from tests.benchmarks.turns import compare


@pytest.mark.parametrize(("workers", "only"), [(1, STAGES.keys() - MANY), (2, MANY)])
def test_a_tiny_run_measures_every_stage(data_dir: Path, workers: int, only: set[str]) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.run", "--tiny"]
    command += ["--workers", str(workers), "--folder", str(data_dir), "--only", *sorted(only)]
    done = subprocess.run(
        command, cwd=database.ROOT, check=False, capture_output=True, text=True, env=_own()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = data_dir.glob("*.json")
    report: dict[str, Any] = json.loads(written.read_text())
    assert report["failures"] == {}
    stages = {figure["stage"].removeprefix(f"{workers} workers: ") for figure in report["figures"]}
    assert len(stages) >= len(only)
    assert all(figure["value"] > 0 for figure in report["figures"] if figure["unit"] == "/s")
    assert not list(data_dir.glob("site-*"))


def test_the_ratio_is_the_median_of_neighbouring_turns() -> None:
    rate, wait, once = ("sends", "rate", "/s"), ("sends", "p99", "ms"), ("sends", "best", "/s")
    before = [{rate: 100.0, wait: 0.0}, {rate: 10.0, wait: 4.0}, {rate: 50.0, wait: 1.0}]
    now = [{rate: 150.0, wait: 2.0, once: 1.0}, {rate: 30.0, wait: 1.0}, {rate: 50.0, wait: 1.0}]
    rates, waits = compare(before, now)
    assert (rates.name, rates.before, rates.now) == (
        "rate",
        [100.0, 10.0, 50.0],
        [150.0, 30.0, 50.0],
    )
    assert rates.ratio == 1.5
    assert waits.ratio == 0.625


def _own() -> dict[str, str]:
    """Without the tests' own database, which the benchmark is not to touch."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DATA_DIR")
    return {name: value for name, value in os.environ.items() if name not in ours}
