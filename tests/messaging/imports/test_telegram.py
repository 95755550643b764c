"""Chats as Telegram Desktop exports them."""

import json
from pathlib import Path
from typing import Any

import pytest

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

BEGIN = 1_600_000_000


def said(number: int, person: str, text: Any, **fields: Any) -> dict[str, Any]:
    ids = {"Ann": "user1", "Ben": "user2", None: "user3"}
    return {
        "id": number,
        "type": "message",
        "date": "2020-09-13T12:26:40",
        "date_unixtime": str(BEGIN),
        "from": person,
        "from_id": ids[person],
        "text": text,
        **fields,
    }


def service(number: int, action: str, **fields: Any) -> dict[str, Any]:
    return said(number, "Ann", "", action=action, actor="Ann", actor_id="user1", **fields) | {
        "type": "service"
    }


GROUP: dict[str, Any] = {
    "name": "Weekend",
    "type": "private_group",
    "id": 77,
    "messages": [
        service(1, "create_group", title="Weekend", members=["Ann", "Ben"]),
        said(
            2,
            "Ann",
            [
                "2*3*4 and ",
                {"type": "bold", "text": "bold "},
                {"type": "text_link", "text": "here", "href": "https://example.org/a"},
                " ",
                {"type": "mention_name", "text": "Ben", "user_id": 2},
                {"type": "pre", "text": "a <b>", "language": ""},
            ],
            edited="2020-09-13T12:30:00",
            edited_unixtime=str(BEGIN + 200),
            reactions=[
                {
                    "type": "emoji",
                    "count": 3,
                    "emoji": "👍",
                    "recent": [{"from": "Ben", "from_id": "user2", "date": "2020-09-13T12:27:00"}],
                },
                {"type": "paid", "count": 1},
            ],
        ),
        said(3, "Ben", "sure", reply_to_message_id=2),
        said(4, "Ben", "", photo="photos/photo_1.jpg", width=1, height=1),
        said(5, "Ann", "", media_type="sticker", sticker_emoji="🙂", file="stickers/a.webp"),
        said(6, None, "who was I", reply_to_message_id=999),
        service(7, "pin_message", message_id=3),
        service(8, "edit_group_title", title="Weekends"),
        service(9, "phone_call", duration_seconds=3),
        said(
            10,
            "Ben",
            "",
            poll={"question": "When?", "answers": [{"text": "now", "voters": 2}]},
        ),
    ],
}
PERSONAL: dict[str, Any] = {
    "name": "Ben",
    "type": "personal_chat",
    "id": 2,
    "messages": [said(1, "Ann", "hi"), said(2, "Ben", "hello")],
}


def write(folder: Path, value: Any) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_group(tmp_path: Path) -> None:
    report = check_repeats("telegram", write(tmp_path, GROUP))
    assert lines_of("Weekend") == [
        "Ann: 2\\*3\\*4 and **bold** [here](https://example.org/a) <@Ben>\n```\na <b>\n```",
        "Ben: sure",
        "Ben: 📎 photo_1.jpg",
        "Ann: 🙂\n📎 a.webp",
        "Deleted account: who was I",
        "Ann: conversation.renamed",
        "Ben: **When?**\n- now (2)",
    ]
    first, reply = message("here"), message("sure")
    assert (reply.reply_to_seq, reply.thread_seq) == (first.seq, None)
    assert reply.pinned_at
    assert first.edited_at
    assert reactions_of(first) == [("Ben", "👍")]
    assert members_of("Weekend") == ["Ann", "Ben", "Deleted account"]
    assert reasons(report, "skipped") == {"bad_reaction": 1, "no_counterpart": 2}
    assert reasons(report, "changed") == {
        "file_not_fetched": 2,
        "parent_missing": 1,
        "reactors_unknown": 1,
    }


def test_files_beside_it_are_in_their_messages(tmp_path: Path) -> None:
    folder = tmp_path / "ChatExport"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "plan (1).txt").write_bytes(b"a plan")
    (folder / "files" / "stray.txt").write_bytes(b"x")
    missing = "(File not included. Change data exporting settings to download.)"
    messages = [
        said(1, "Ann", "look", file="files/plan (1).txt", file_name="plan.txt"),
        said(2, "Ben", "", file=missing, file_name="big.mp4"),
        said(3, "Ben", "", file="../../../etc/passwd", file_name="passwd"),
    ]
    write(folder, {**GROUP, "messages": messages})
    report = check_repeats("telegram", tmp_path)
    assert lines_of("Weekend") == ["Ann: look [plan.txt]", "Ben: 📎 big.mp4", "Ben: 📎 passwd"]
    assert reasons(report, "skipped") == {"file_ignored": 1}
    assert reasons(report, "changed") == {"file_not_fetched": 2}


def test_a_whole_account(tmp_path: Path) -> None:
    me = {"user_id": 1, "first_name": "Ann", "last_name": ""}
    saved = {"name": None, "type": "saved_messages", "id": 1, "messages": [said(1, "Ann", "note")]}
    held = {"personal_information": me, "chats": {"list": [PERSONAL, saved]}}
    held["left_chats"] = {"list": [GROUP]}
    check_repeats("telegram", write(tmp_path, held))
    pair = Conversation.objects.get(kind="direct", member_count=2)
    assert (lines_of(pair), members_of(pair)) == (["Ann: hi", "Ben: hello"], ["Ann", "Ben"])
    own = Conversation.objects.get(kind="direct", member_count=1)
    assert (lines_of(own), members_of(own)) == (["Ann: note"], ["Ann"])


def test_one_personal_chat_tells_its_two(tmp_path: Path) -> None:
    check_repeats("telegram", write(tmp_path, PERSONAL))
    assert members_of(Conversation.objects.get()) == ["Ann", "Ben"]


@pytest.mark.parametrize("value", [[], {}, {"chats": {"list": []}}, "x"])
def test_what_is_no_export_is_refused(tmp_path: Path, value: Any) -> None:
    refusal_of("telegram", write(tmp_path, value))


def test_hostile_fields_are_passed_over(tmp_path: Path) -> None:
    wrong = {"id": [], "type": {}, "messages": [1, {"type": "message"}, {"text": [[], {}, None]}]}
    report = check_repeats("telegram", write(tmp_path, {"messages": [], **wrong, "name": "x\0"}))
    assert sum(reasons(report, "skipped").values()) >= 3


def test_a_deep_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"messages": ' + "[" * 100_000)
    assert "cannot be used" in refusal_of("telegram", tmp_path)
