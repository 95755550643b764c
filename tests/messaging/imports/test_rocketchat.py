"""Rocket.Chat's collections as `mongoexport` writes them."""

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


def at(second: int) -> dict[str, str]:
    return {"$date": f"2022-05-06T07:08:{second:02}.900Z"}


def user(key: str, username: str, name: str, **fields: Any) -> dict[str, Any]:
    emails = [{"address": f"{username}@example.com", "verified": True}]
    return {"_id": key, "username": username, "name": name, "emails": emails, **fields}


def said(key: str, by: str, text: str, second: int, **fields: Any) -> dict[str, Any]:
    return {"_id": key, "rid": "R1", "msg": text, "ts": at(second), "u": {"_id": by}, **fields}


COLLECTIONS: dict[str, list[Any]] = {
    "users": [
        user("a", "ann", "Ann"),
        user("b", "ben.b", "Ben"),
        user("c", "old", "Old", active=False),
        user("r", "rocket.cat", "Rocket.Cat", type="bot"),
    ],
    "rocketchat_room": [
        {"_id": "R1", "t": "c", "name": "general", "topic": "All", "ts": at(0), "u": {"_id": "a"}},
        {"_id": "R2", "t": "d", "uids": ["a", "b"], "usernames": ["ann", "ben.b"], "ts": at(0)},
        {"_id": "R3", "t": "p", "name": "staff", "fname": "Staff", "archived": True},
        {"_id": "R4", "t": "l", "name": "visitor"},
    ],
    "rocketchat_subscription": [
        {"_id": "1", "rid": "R1", "u": {"_id": "a"}},
        {"_id": "2", "rid": "R1", "u": {"_id": "b"}},
        {"_id": "3", "rid": "R3", "u": {"_id": "a"}},
    ],
    "rocketchat_message": [
        said("m1", "b", "ben.b", 1, t="uj"),
        said(
            "m2",
            "a",
            "hi @ben.b. *bold* ~gone~ `*x*` :tada: @all",
            2,
            editedAt=at(30),
            pinned=True,
            pinnedAt=at(40),
            pinnedBy={"_id": "b"},
            reactions={":thumbsup:": {"usernames": ["ben.b", "nobody"]}},
        ),
        said("m3", "b", "in a thread", 3, tmid="m2"),
        said("m4", "b", "for all", 4, tmid="m2", tshow=True),
        said(
            "m5",
            "a",
            "[ ](https://chat.example/channel/general?msg=m3) quoted",
            5,
            attachments=[
                {
                    "text": "in a thread",
                    "message_link": "https://chat.example/channel/general?msg=m3",
                }
            ],
        ),
        said("m6", "a", "", 6, file={"_id": "f", "name": "plan.pdf"}),
        said("m7", "a", "ann", 7, t="subscription-role-added"),
        said("m8", "r", "news", 8, t="room_changed_topic"),
        said("m9", "a", "lost", 9) | {"rid": "R9"},
        said("m10", "b", "between us", 10)
        | {"rid": "R2", "ts": {"$date": {"$numberLong": "1651820890000"}}},
        {"msg": "without an id"},
    ],
}


def write(folder: Path, collections: dict[str, list[Any]]) -> Path:
    for name, rows in collections.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_everything_is_there(tmp_path: Path) -> None:
    report = check_repeats("rocketchat", write(tmp_path, COLLECTIONS))
    assert lines_of("general") == [
        "Ben: participant.joined",
        "Ann: hi <@Ben>. **bold** ~~gone~~ `*x*` 🎉 @all",
        "Ben: in a thread",
        "Ben: for all",
        "Ann: quoted",
        "Ann: 📎 plan.pdf",
        "Rocket.Cat: conversation.topic_changed",
    ]
    first, thread = message("bold"), message("in a thread")
    assert (thread.thread_seq, thread.thread_only) == (first.seq, True)
    assert (message("for all").thread_seq, message("for all").thread_only) == (first.seq, False)
    assert message("quoted").reply_to_seq == thread.seq
    assert first.edited_at
    assert first.pinned_at
    assert first.pinned_by is not None
    assert first.pinned_by.name == "Ben"
    assert reactions_of(first) == [("Ben", "👍")]
    assert members_of("general") == ["Ann", "Ben"]
    assert Conversation.objects.get(title="Staff").locked_at
    assert not User.objects.get(name="Old").is_active
    pair = Conversation.objects.get(kind="direct")
    assert (lines_of(pair), members_of(pair)) == (["Ben: between us"], ["Ann", "Ben"])
    assert reasons(report, "skipped") == {
        "bad_entry": 1,
        "no_conversation": 1,
        "no_counterpart": 2,
    }


def test_a_missing_collection_is_refused(tmp_path: Path) -> None:
    partial = {name: COLLECTIONS[name] for name in ("users", "rocketchat_room")}
    assert "rocketchat_message.json is missing" in refusal_of(
        "rocketchat", write(tmp_path, partial)
    )
