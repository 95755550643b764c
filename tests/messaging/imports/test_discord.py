"""Channels as DiscordChatExporter writes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from conversations.models import Conversation
from tests.messaging.imports.translated import (
    check_repeats,
    lines_of,
    members_of,
    message,
    reactions_of,
    reasons,
    refusal_of,
)

pytestmark = pytest.mark.django_db

ANN = {"id": "1", "name": "ann", "nickname": "Ann", "isBot": False}
BEN = {"id": "2", "name": "ben", "nickname": "Ben", "isBot": False}
BOT = {"id": "3", "name": "Robo", "nickname": "Robo", "isBot": True}


def said(number: int, author: Any, content: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "type": "Default",
        "timestamp": f"2021-03-04T10:00:{number:02}.123+00:00",
        "timestampEdited": None,
        "isPinned": False,
        "content": content,
        "author": author,
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        **fields,
    }


def channel(*messages: Any, **fields: Any) -> dict[str, Any]:
    about = {"id": "9", "type": "GuildTextChat", "name": "general", "topic": "All", **fields}
    guild = {"id": "8", "name": "Acme"}
    return {"guild": guild, "channel": about, "messages": messages, "messageCount": len(messages)}


CHANNEL = channel(
    said(1, BEN, "", type="GuildMemberJoin"),
    said(
        2,
        ANN,
        "hi @Ben and <@!2>, `<@2>` **now** <:pepe:123> @everyone",
        mentions=[BEN],
        isPinned=True,
        timestampEdited="2021-03-04T11:00:00+00:00",
        reactions=[
            {"emoji": {"id": "", "name": "👍"}, "count": 1, "users": [BEN]},
            {"emoji": {"id": "123", "name": "Pepe"}, "count": 2},
        ],
    ),
    said(3, BEN, "yes", type="Reply", reference={"messageId": "2", "channelId": "9"}),
    said(4, ANN, "", attachments=[{"id": "5", "fileName": "plan.pdf", "fileSizeBytes": 3}]),
    said(5, BOT, "", embeds=[{"title": "Build", "url": "https://ci.example", "description": "ok"}]),
    said(6, ANN, "", type="ThreadCreated"),
    said(7, ANN, "lost", type="Reply", reference={"messageId": "404"}),
    said(8, ANN, "never") | {"timestamp": "someday"},
)


def write(folder: Path, **channels: Any) -> Path:
    for name, value in channels.items():
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    return folder


def test_channels(tmp_path: Path) -> None:
    direct = channel(said(1, BEN, "psst"), id="10", type="DirectTextChat", name="Ann")
    folder = write(tmp_path, general=CHANNEL, direct=direct, other={"messages": 3})
    (folder / "general.html").write_text("<p>")
    report = check_repeats("discord", folder)
    assert lines_of("general") == [
        "Ben: participant.joined",
        "Ann: hi <@Ben> and <@Ben>, `<@2>` **now** :pepe: @all",
        "Ben: yes",
        "Ann: 📎 plan.pdf",
        "Robo: [Build](https://ci.example)\nok",
        "Ann: lost",
    ]
    first = message("now")
    assert message("yes").reply_to_seq == first.seq
    assert first.pinned_at
    assert first.edited_at
    assert reactions_of(first) == [("Ben", "👍")]
    assert members_of("general") == ["Ann", "Ben"]
    assert User.objects.get(name="Robo").is_bot
    pair = Conversation.objects.get(kind="direct")
    assert (lines_of(pair), members_of(pair)) == (["Ben: psst"], ["Ann", "Ben"])
    assert reasons(report, "skipped") == {
        "bad_file": 1,
        "bad_time": 1,
        "file_ignored": 1,
        "no_counterpart": 1,
    }
    assert reasons(report, "changed") == {
        "file_not_fetched": 1,
        "parent_missing": 1,
        "reactors_unknown": 1,
    }


def test_fetched_files_are_in_their_messages(tmp_path: Path) -> None:
    media = tmp_path / "general.json_Files"
    media.mkdir()
    (media / "plan-1A2B.txt").write_bytes(b"a plan")
    file = {"id": "5", "url": "general.json_Files\\plan-1A2B.txt", "fileName": "plan.txt"}
    far = {"id": "6", "url": "https://cdn.example/far.txt", "fileName": "far.txt"}
    write(tmp_path, general=channel(said(1, ANN, "look", attachments=[file, far])))
    report = check_repeats("discord", tmp_path)
    assert lines_of("general") == ["Ann: look\n📎 far.txt [plan.txt]"]
    assert reasons(report, "skipped") == {}


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    assert "no channel" in refusal_of("discord", write(tmp_path, a={}, b={"channel": {"id": 1}}))
