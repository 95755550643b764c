"""A bulk export of Mattermost: its objects as its documents describe them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from attachments.models import Attachment
from conversations.models import Conversation
from messaging.models import Message
from tests.attachments.samples import picture
from tests.messaging.imports.translated import (
    check_repeats,
    lines_of,
    members_of,
    message,
    reactions_of,
    reasons,
    refusal_of,
    run,
)

pytestmark = pytest.mark.django_db

BEGIN = 1_600_000_000_000


def user(username: str, name: str, *channels: str, **fields: Any) -> dict[str, Any]:
    roles = [{"name": channel, "roles": "channel_user"} for channel in channels]
    teams = [{"name": "acme", "roles": "team_user", "channels": roles}]
    first, _, last = name.partition(" ")
    fields |= {"first_name": first, "last_name": last, "email": f"{username}@example.com"}
    return {"type": "user", "user": {"username": username, "teams": teams, **fields}}


def post(user: str, text: str, second: int, **fields: Any) -> dict[str, Any]:
    place = {"team": "acme", "channel": "town-square"}
    said = {"user": user, "message": text, "create_at": BEGIN + second * 1000}
    return {"type": "post", "post": {**place, **said, **fields}}


LINES: list[Any] = [
    {"type": "version", "version": 1},
    {"type": "team", "team": {"name": "acme", "display_name": "Acme", "type": "O"}},
    {
        "type": "channel",
        "channel": {
            "team": "acme",
            "name": "town-square",
            "display_name": "Town Square",
            "type": "O",
            "header": "All of us",
        },
    },
    {
        "type": "channel",
        "channel": {"team": "acme", "name": "staff", "display_name": "Staff", "type": "P"},
    },
    user("ann", "Ann Able", "town-square", "staff"),
    user("ben.b", "Ben", "town-square"),
    user("gone", "Gone Girl", delete_at=BEGIN),
    {"type": "bot", "bot": {"username": "robo", "owner": "ann", "display_name": "Robo"}},
    post("ann", "", 1, type="system_join_channel", props={"username": "ann"}),
    post(
        "ann",
        "Hi @ben.b. **Look** at `@ben.b` :tada: @channel, 2 < 3 & <b>",
        2,
        edit_at=BEGIN + 60_000,
        is_pinned=True,
        reactions=[
            {"user": "ben.b", "emoji_name": "+1", "create_at": BEGIN + 3000},
            {"user": "gone", "emoji_name": "party_parrot", "create_at": BEGIN + 3000},
        ],
        replies=[
            {"user": "ben.b", "message": "_yes_", "create_at": BEGIN + 5000},
            {"user": "gone", "message": "later", "create_at": BEGIN + 9000},
        ],
    ),
    post("ben.b", "unrelated", 7, attachments=[{"path": "20200913/x/plan.pdf"}]),
    post(
        "robo",
        "",
        8,
        props={"attachments": [{"title": "Build", "title_link": "https://ci.example"}]},
    ),
    post("ann", "waves", 10, type="me"),
    post("ann", "", 11, type="system_header_change", props={"new_header": "News"}),
    post("ann", "", 12, type="system_purpose_change"),
    {"type": "direct_channel", "direct_channel": {"members": ["ann", "ben.b"]}},
    {
        "type": "direct_post",
        "direct_post": {
            "channel_members": ["ann", "ben.b"],
            "user": "ben.b",
            "message": "between us",
            "create_at": BEGIN,
        },
    },
    {"type": "emoji", "emoji": {"name": "party_parrot"}},
    {"type": "nonsense", "nonsense": {}},
    "no object",
]


def write(path: Path, lines: list[Any], **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("import.jsonl", "\n".join(json.dumps(line) for line in lines))
        for name, data in files.items():
            archive.writestr(f"data/{name}", data)
    return path


def test_everything_is_there(tmp_path: Path) -> None:
    report = check_repeats("mattermost", write(tmp_path / "e.zip", LINES, plan=b"x"))
    assert lines_of("Town Square") == [
        "Ann Able: participant.joined",
        "Ann Able: Hi <@Ben>. **Look** at `@ben.b` 🎉 @all, 2 < 3 & <b>",
        "Ben: _yes_",
        "Ben: unrelated\n📎 plan.pdf",
        "Robo: [Build](https://ci.example)",
        "Gone Girl: later",
        "Ann Able: waves",
        "Ann Able: conversation.topic_changed",
    ]
    first, reply = message("Look"), message("_yes_")
    assert (reply.thread_seq, reply.thread_only) == (first.seq, True)
    assert first.edited_at
    assert first.pinned_at
    assert reactions_of(first) == [("Ben", "👍"), ("Gone Girl", ":party_parrot:")]
    assert message("waves").meta == {"me": True}
    assert members_of("Town Square") == ["Ann Able", "Ben"]
    assert members_of("Staff") == ["Ann Able"]
    assert Conversation.objects.get(title="Staff").kind == "group"
    assert not User.objects.get(name="Gone Girl").is_active
    assert User.objects.get(name="Robo").is_bot
    direct = Conversation.objects.get(kind="direct")
    assert (lines_of(direct), members_of(direct)) == (["Ben: between us"], ["Ann Able", "Ben"])
    assert reasons(report, "skipped") == {"bad_entry": 2, "file_ignored": 1, "no_counterpart": 1}
    assert reasons(report, "changed") == {"custom_emoji": 1, "file_not_fetched": 1}


def test_an_interrupted_import_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after a batch, it finds what is stored and adds the rest."""
    many = [*LINES[:6], *(post("ann", f"number {n}", n) for n in range(1, 30))]
    path = write(tmp_path / "e.zip", many)
    monkeypatch.setattr("messaging.imports.slack.conversations.BATCH", 10)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("messaging.imports.slack.conversations.admit_members", killed)
        with pytest.raises(Exception, match="Interrupted"):
            run("mattermost", path)
    assert Message.objects.count() == 29
    report = run("mattermost", path)
    assert report["conversations"][0]["result"] == "resumed"
    assert len(lines_of("Town Square")) == 29


def test_files_are_in_their_messages(tmp_path: Path) -> None:
    names = {"plan.pdf": b"%PDF-1.4 x", "dot.png": picture("PNG"), "e": b""}
    names["bad.png"] = names["dot.png"][:60]
    said = [{"path": f"1/{name}"} for name in names]
    lines = [
        *LINES[:6],
        post("ann", "look", 1, attachments=[said[0], {"path": "gone.txt"}]),
        post("ben.b", "", 2, attachments=[said[1]]),
        post("ben.b", "", 3, attachments=said[2:]),
    ]
    held = {f"1/{name}": data for name, data in names.items()} | {"stray": b"x"}
    path = write(tmp_path / "e.zip", lines, **held)
    report = run("mattermost", path)
    assert run("mattermost", path)["conversations"][0]["result"] == "present"
    assert lines_of("Town Square") == [
        "Ann Able: look\n📎 gone.txt [plan.pdf]",
        "Ben: [dot.png]",
        "Ben: 📎 e\n📎 bad.png",
    ]
    assert [row.kind for row in Message.objects.order_by("seq")] == ["file", "image", "text"]
    shown = Attachment.objects.get(name="dot.png")
    assert (shown.state, shown.expires_at, shown.uploader.name) == ("ready", None, "Ben")
    assert shown.previews or shown.width
    assert reasons(report, "skipped") == {"file_ignored": 1}
    assert reasons(report, "changed") == {"file_not_fetched": 1, "file_refused": 2}


@pytest.mark.parametrize("lines", [[], [{"type": "user"}], ["x"], [[]]])
def test_what_is_no_export_is_refused(tmp_path: Path, lines: list[Any]) -> None:
    refusal_of("mattermost", write(tmp_path / "e.zip", lines))


def test_an_export_without_lines_of_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert "bulk export of Mattermost" in refusal_of("mattermost", tmp_path)
    assert "cannot be read" in refusal_of("mattermost", tmp_path / "nothing")
