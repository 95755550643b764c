"""A client that openapi-python-client makes of /v1/schema, without a warning, does its work."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from tests.attachments.samples import png_of_size
from tests.servers import ServerProcess

PASSWORD = "correct horse battery staple"
NAME = "made_chat_client"


@pytest.fixture(scope="module")
def client(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The generated package."""
    folder = tmp_path_factory.mktemp("client")
    scripts = Path(sys.executable).parent  # where the generator looks for ruff
    run = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--url", f"{server.base_url}/v1/schema", "--fail-on-warning"),
            *("--output-path", str(folder / NAME)),
        ],
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "arning" not in run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(NAME)
    finally:
        sys.path.remove(str(folder))


def part(path: str) -> ModuleType:
    return importlib.import_module(f"{NAME}.{path}")


def call(operation: str, **arguments: Any) -> Any:
    """What the generated function of an operation gives for an answer that was documented."""
    answer = part(f"api.{operation}").sync_detailed(**arguments)
    assert answer.status_code < 300, answer.content
    assert answer.parsed is not None
    return answer.parsed


def test_it_registers_uploads_sends_and_lists(server: ServerProcess, client: ModuleType) -> None:
    models, types = part("models"), part("types")
    nobody = client.Client(base_url=server.base_url)
    registration = models.RegistrationBody(name="Ann", email="ann@example.org", password=PASSWORD)
    ann = call("users.register", client=nobody, body=registration)
    login = models.LogInBody(email="ann@example.org", password=PASSWORD)
    token = call("users.login", client=nobody, body=login).access
    asker = client.AuthenticatedClient(base_url=server.base_url, token=token)

    begin = models.BeginDirect(is_group=False, member_ids=[])
    notes = call("conversations.conversations_create", client=asker, body=begin)
    file = types.File(BytesIO(png_of_size(2, 2)), file_name="a b.png", mime_type="image/png")
    upload = call("attachments.attachments_create", client=asker, body=models.UploadBody(file=file))
    message = models.MessageBody(content="hello", attachment_ids=[upload.id], client_id=uuid4())
    for _ in range(2):  # the second is a retry
        sent = call(
            "conversations.conversations_messages_create",
            client=asker,
            id=notes.id,
            body=message,
            idempotency_key="one of two",
        )
    page = call("conversations.messages_list", client=asker, id=notes.id, limit=10)

    assert (ann.name, sent.sender_id) == ("Ann", ann.id)
    assert [each.content for each in page.results][-1] == "hello"
    assert [each.id for each in page.results].count(sent.id) == 1
    assert page.results[-1].attachments[0].name == "a b.png"
    found = call("conversations.conversations_list", client=asker)
    assert [each.id for each in found.results] == [notes.id]


def test_a_refusal_is_a_problem_with_its_code(server: ServerProcess, client: ModuleType) -> None:
    nobody = client.Client(base_url=server.base_url)

    answer = part("api.users.get_me").sync_detailed(client=nobody)

    assert (answer.status_code, answer.parsed.code) == (401, "not_authenticated")
