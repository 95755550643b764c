"""Every operation of /v1/schema keeps what the schema says: all checks of schemathesis."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers import ServerProcess

PASSWORD = "correct horse battery staple"
CASES = 12  # drawn at random for each operation, beside those that the bounds of its fields give
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


@pytest.mark.timeout(1000)  # several hundred requests for each group
@pytest.mark.parametrize(
    ("chosen", "but"),
    [
        ("^/v1/(users|tickets)", LOGOUT),
        (LOGOUT, ""),
        ("^/v1/(contacts|blocks|presence|reports|join-requests)", ""),
        ("^/v1/(attachments|sync)", ""),
        (MESSAGES, ""),
        ("^/v1/conversations", MESSAGES),
        ("^/v1/(bots|drafts|emoji|folders|invites|saved|scheduled|search|threads)", ""),
    ],
    ids=["accounts", "logout", "people", "files", "messages", "conversations", "habits"],
)
def test_every_operation_is_as_documented(
    site: ServerProcess, tmp_path: Path, chosen: str, but: str
) -> None:
    ann, bob = sign_in(site, "ann"), sign_in(site, "bob")
    other = bob.get("/users/me").json()["id"]
    body = {"name": "Talk", "isGroup": True, "memberIds": [other]}
    group = ann.post("/conversations", json=body).json()["id"]
    ann.post(f"/conversations/{group}/messages", json={"content": "hello"})

    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{site.base_url}/v1/schema"),
            *("--include-path-regex", chosen),
            *(("--exclude-path-regex", but) if but else ()),
            *("--header", f"Authorization: {ann.headers['Authorization']}"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(CASES)),
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
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
