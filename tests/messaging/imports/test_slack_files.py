"""Files of a Slack export: by their links with a token, and from the export itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError

from attachments.models import Attachment
from messaging.imports.slack import fetching
from messaging.models import Message
from tests.core.test_outbound import Server, reply
from tests.messaging.imports.slack_export import SlackExport, bodies, run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """In the place of files.slack.com."""
    server = Server()
    monkeypatch.setattr(fetching, "FILES", f"{server.url}/")
    monkeypatch.setenv("SLACK", "xoxp-1")
    server.answer = lambda it: reply(it, 200 if it.path == "/plan.txt" else 302, b"a plan")
    yield server
    server.close()


def export(tmp_path: Path, **file: str) -> Path:
    export = SlackExport("Ann")
    export.conversation("general", "Ann")
    export.say("general", "Ann", "look", files=[{"id": "F1", "name": "plan.txt", **file}])
    return export.write(tmp_path / "export.zip")


def test_a_token_fetches_files(slack: Server, tmp_path: Path) -> None:
    path = export(tmp_path, url_private_download=f"{slack.url}/plan.txt")
    report = run_import(path, "--token-from", "SLACK")
    assert bodies("general") == ["look"]
    file = Attachment.objects.get()
    assert (file.name, file.size, Message.objects.get().kind) == ("plan.txt", 6, "file")
    assert report["changed"].get("file_not_fetched", 0) == 0
    ((_, headers, _),) = slack.asked
    assert headers["Authorization"] == "Bearer xoxp-1"


def test_what_is_not_fetched_is_kept_by_name(slack: Server, tmp_path: Path) -> None:
    """A redirection to a log-in is what a wrong token gets."""
    path = export(tmp_path, url_private=f"{slack.url}/other.txt")
    report = run_import(path, "--token-from", "SLACK")
    assert bodies("general") == ["look\n📎 plan.txt"]
    assert report["changed"]["file_refused"] == 1
    assert not Attachment.objects.exists()


def test_nobody_else_is_given_the_token(slack: Server, tmp_path: Path) -> None:
    other = Server()
    path = export(tmp_path, url_private=f"{other.url}/plan.txt")
    run_import(path, "--token-from", "SLACK")
    other.close()
    assert (other.asked, slack.asked) == ([], [])
    assert bodies("general") == ["look\n📎 plan.txt"]


def test_without_a_token_nothing_is_fetched(slack: Server, tmp_path: Path) -> None:
    path = export(tmp_path, url_private=f"{slack.url}/plan.txt")
    with pytest.raises(CommandError, match="has no NOTHING"):
        run_import(path, "--token-from", "NOTHING")
    run_import(path)
    assert slack.asked == []


def test_a_path_outside_of_the_uploads_is_no_file(tmp_path: Path) -> None:
    run_import(export(tmp_path, path="users.json"))
    assert bodies("general") == ["look\n📎 plan.txt"]
