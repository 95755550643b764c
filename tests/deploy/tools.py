"""The programs that deploy/ is written for, by way of `.ci/deploy-tools`."""

import subprocess
from functools import cache
from pathlib import Path
from sysconfig import get_path

from tests.database import ROOT

DEPLOY = ROOT / "deploy"


@cache
def tool(name: str) -> str:
    """The path of a program that `.ci/deploy-tools` names; gets them all when one is missing."""
    command = [ROOT / ".ci/deploy-tools"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return str(Path(done.stdout.strip()) / name)


def python_tool(name: str) -> str:
    """The path of a program that one of the development requirements brings."""
    return str(Path(get_path("scripts")) / name)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment or None
    )
