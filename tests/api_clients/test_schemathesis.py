"""Every operation of /v1/schema keeps what the schema says: all checks of schemathesis."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.database import ROOT
from tests.servers import ServerProcess

PASSWORD = "correct horse battery staple"
MANY_CASES = 10_000  # of all operations together
CASES = 4  # drawn at random for each operation, beside those that the bounds of its fields give
SEED = 20261128
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")

LOGOUT = "^/v1/users/logout$"  # after which the others' calls would all be refused
MESSAGES = "^/v1/conversations/{id}/messages"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("schemathesis")
    with ServerProcess(folder, env={"RATE_LIMITS": "off"}) as process:
        yield process


def sign_in(site: ServerProcess, name: str) -> httpx.Client:
    client = httpx.Client(base_url=f"{site.base_url}/v1", timeout=30)
    login = {"email": f"{name}@example.org", "password": PASSWORD}
    client.post("/users/register", json={"name": name, **login})
    token = client.post("/users/login", json=login).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


# Of operations: the paths, and those of them that are left out.
GROUPS = {
    "accounts": ("^/v1/(users|tickets)", LOGOUT),
    "logout": (LOGOUT, ""),
    "people": ("^/v1/(contacts|blocks|presence|reports|join-requests)", ""),
    "files": ("^/v1/(attachments|sync)", ""),
    "messages": (MESSAGES, ""),
    "conversations": ("^/v1/conversations", MESSAGES),
    "habits": ("^/v1/(bots|drafts|emoji|folders|invites|saved|scheduled|search|threads)", ""),
}


@pytest.mark.timeout(1000)  # several hundred requests for each group
@pytest.mark.parametrize("group", GROUPS)
def test_every_operation_is_as_documented(site: ServerProcess, tmp_path: Path, group: str) -> None:
    run = run_schemathesis(site, tmp_path, *GROUPS[group])
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


@pytest.mark.contract_long
@pytest.mark.timeout(4 * 3_600)
def test_many_cases(site: ServerProcess, tmp_path: Path) -> None:
    """Single calls by what is drawn, then chains of calls, each with what another has answered."""
    generated = 0
    failed: dict[str, str] = {}
    for name, paths in GROUPS.items():
        run = run_schemathesis(site, tmp_path, *paths, cases=80, seconds=3_600)
        generated += cases_in(run.stdout)
        if run.returncode:
            failed[name] = run.stdout[-8_000:]
    chains = run_schemathesis(site, tmp_path, "^/v1/", LOGOUT, cases=100, phases="stateful")
    generated += cases_in(chains.stdout)
    if chains.returncode:
        failed["chains"] = chains.stdout[-8_000:]
    print(f"{generated} cases")
    assert not failed, "\n".join(f"== {name}\n{told}" for name, told in failed.items())
    assert generated >= MANY_CASES


def cases_in(told: str) -> int:
    return sum(map(int, re.findall(r"(\d+) generated", told)))


def run_schemathesis(
    site: ServerProcess,
    tmp_path: Path,
    chosen: str,
    but: str,
    *,
    cases: int = CASES,
    phases: str = "examples,coverage,fuzzing",
    seconds: int = 900,
) -> "subprocess.CompletedProcess[str]":
    """In the name of somebody new, who has a group with another one."""
    ann, bob = sign_in(site, f"ann{uuid4().hex}"), sign_in(site, f"bob{uuid4().hex}")
    other = bob.get("/users/me").json()["id"]
    body = {"name": "Talk", "isGroup": True, "memberIds": [other]}
    group = ann.post("/conversations", json=body).json()["id"]
    ann.post(f"/conversations/{group}/messages", json={"content": "hello"})

    return subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "schemathesis.cli",
                "run",
                f"{site.base_url}/v1/schema?format=json",
            ),
            *("--include-path-regex", chosen),
            *(("--exclude-path-regex", but) if but else ()),
            *("--header", f"Authorization: {ann.headers['Authorization']}"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
            *("--phases", phases, "--max-examples", str(cases)),
            *(
                "--seed",
                str(SEED),
                "--generation-database",
                "none",
                "--generation-allow-x00",
                "false",
            ),
            "--continue-on-failure",
        ],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(HOOKS),
            "KNOWN_IDS": f"{group},{other}",
            # Its tables of characters take seconds to make, in each process anew elsewhere.
            "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
