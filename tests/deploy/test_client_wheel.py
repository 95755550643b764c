"""The wheel of the client library: a project of its own, without anything of the server."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from packaging.requirements import Requirement

from chatproject import client
from tests.database import ROOT
from tests.deploy.test_wheel import link_distribution, metadata
from tests.servers import ServerProcess

PROGRAM = """
import asyncio, json, sys
from importlib.util import find_spec

from chat_client import ChatClient, Event, Rest

URL, PASSWORD = sys.argv[1], "correct horse battery staple"


async def main() -> None:
    async with Rest(URL) as nobody:
        body = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
        await nobody.post("users", "register", body=body)
    async with ChatClient.connect(URL, email="ann@example.org", password=PASSWORD) as chat:
        notes = await chat.create_conversation("Notes")
        poll = await chat.ask_poll(notes["id"], "Tea?", ["Yes", "No"])
        await chat.vote(notes["id"], poll["seq"], [0])
        async for event in chat.events():
            if event.type == "message.updated":
                break
        seen: Event = event
    there = [name for name in ("django", "chatproject", "messaging") if find_spec(name)]
    print(json.dumps({"there": there, "votes": (seen.message or {})["poll"]["voterCount"]}))


asyncio.run(main())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(["make", "dist", f"DIST={folder}"], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("chat_client-*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path) -> Iterator[Path]:
    """Of a fresh environment with the wheel and what it requires; links, as in `test_wheel`."""
    with TemporaryDirectory(prefix="chat-client-test-") as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (packages,) = Path(folder).glob("lib/python*/site-packages")
        for name in required(metadata(wheel).get_all("Requires-Dist", [])):
            link_distribution(name, packages)
        python = Path(folder, "bin", "python")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-qq", "--no-deps", "--no-index", wheel], check=True)
        subprocess.run([*pip, "check"], check=True)
        yield python


def required(lines: list[str]) -> set[str]:
    """The names of what is asked for, and of what that asks for."""
    names: set[str] = set()
    waiting = [Requirement(line) for line in lines]
    while waiting:
        requirement = waiting.pop()
        is_wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if is_wanted and requirement.name not in names:
            names.add(requirement.name)
            waiting += map(Requirement, requires(requirement.name) or [])
    return names


def test_holds_the_library_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    modules = {path.name for path in (ROOT / "chatproject/client").glob("*.py")}
    assert names == {f"chat_client/{name}" for name in {*modules, "py.typed", "LICENSE"}}


def test_names_itself_and_what_it_needs(wheel: Path) -> None:
    found = metadata(wheel)
    assert (found["Name"], found["Version"]) == ("chat-client", client.__version__)
    assert found["License-Expression"] == "MIT"
    assert found["Description-Content-Type"] == "text/markdown"
    assert "ChatClient.connect" in str(found.get_payload())
    needed = {Requirement(line).name for line in found.get_all("Requires-Dist", [])}
    assert needed == {"httpx", "websockets"}


def test_works_in_an_environment_of_its_own(
    python: Path, server: ServerProcess, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = subprocess.run(
        [python, program, server.base_url],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"there": [], "votes": 1}


def test_has_types(python: Path, tmp_path: Path) -> None:
    """A program of somebody else's is checked against the methods."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace('"Tea?"', "7"))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--python-executable", python),
            *("--config-file", "/dev/null", "--cache-dir", tmp_path / "cache", program),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    (error, _) = run.stdout.strip().splitlines()
    assert 'Argument 2 to "ask_poll" of "MessageCalls" has incompatible type "int"' in error
