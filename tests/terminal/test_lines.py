"""What a message, a conversation and a person look like in the terminal."""

from typing import Any

import pytest

from chatproject.terminal.lines import (
    clean,
    clock,
    conversation_line,
    message_line,
    people_in,
    presence_line,
)

ANN, BOB = "01900000-0000-7000-8000-00000000000a", "01900000-0000-7000-8000-00000000000b"
AT = "2026-01-31T09:30:00.000001Z"


def name_of(user_id: str | None) -> str:
    return {ANN: "Ann", BOB: "Bob"}.get(user_id or "", "somebody")


def message(content: str = "hello", **fields: Any) -> dict[str, Any]:
    return {
        "seq": 7,
        "senderId": ANN,
        "kind": "text",
        "content": content,
        "meta": None,
        "replyToSeq": None,
        "threadSeq": None,
        "thread": None,
        "createdAt": AT,
        "editedAt": None,
        "deletedAt": None,
        "reactions": [],
        "poll": None,
        "attachments": [],
        **fields,
    }


def told(it: dict[str, Any]) -> str:
    """The line without its number and time."""
    line = message_line(it, name_of)
    head = f"    7  {clock(AT)}  "
    assert line.startswith(head)
    return line.removeprefix(head)


def test_a_message() -> None:
    assert told(message()) == "Ann: hello"


def test_what_belongs_to_it() -> None:
    whole = message(
        replyToSeq=3,
        editedAt=AT,
        attachments=[{"name": "a.txt", "size": 1234}],
        reactions=[{"emoji": "👍", "count": 2}],
    )
    assert told(whole) == "Ann: hello  (to 3)  [a.txt, 1,234 bytes]  (👍 2)  (edited)"
    assert told(message(threadSeq=3)) == "Ann: hello  (in the thread of 3)"
    assert told(message(thread={"replyCount": 2})) == "Ann: hello  (thread: 2)"


def test_a_deleted_one() -> None:
    assert told(message("", deletedAt=AT)) == "Ann: (deleted)"


def test_mentioned_people_have_names() -> None:
    assert told(message(f"ask <@{BOB}> or <@all>")) == "Ann: ask @Bob or <@all>"
    assert people_in(message(f"ask <@{BOB}>")) == [ANN, BOB]


@pytest.mark.parametrize(
    ("meta", "line"),
    [
        ({"event": "participant.left"}, "* Ann left"),
        ({"event": "participants.added", "userIds": [BOB]}, "* Ann added Bob"),
        ({"event": "participant.removed", "userId": BOB}, "* Ann removed Bob"),
        ({"event": "something.new_here"}, "* Ann something new here"),
        ({"event": "odd.{x}"}, "* Ann odd {x}"),
        (None, "* Ann "),
    ],
)
def test_system_messages(meta: dict[str, Any] | None, line: str) -> None:
    assert told(message("", kind="system", meta=meta)) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two\n    lines"),
        ("a\x1b[2Jb\x07\r", "a\ufffd[2Jb\ufffd\ufffd"),
        ("right\u202eleft", "right\ufffdleft"),
        ("tab\there", "tab    here"),
        ("naïve 日本 👍🏽", "naïve 日本 👍🏽"),
    ],
)
def test_what_would_steer_the_terminal_is_taken_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_conversation() -> None:
    group = {"name": "Weekend", "kind": "group", "memberCount": 5, "unread": 2}
    assert conversation_line(3, group) == "    3  Weekend (group, 5 people), 2 unread"
    left = {"name": "", "kind": "group", "memberCount": None, "unread": 0}
    assert conversation_line(1, left) == "    1  (no name) (group)"


def test_a_person() -> None:
    here = {"userId": ANN, "status": "online", "lastSeenAt": None}
    assert presence_line(here, name_of) == "Ann: online"
    gone = {"userId": BOB, "status": "offline", "lastSeenAt": AT}
    assert presence_line(gone, name_of) == f"Bob: offline, seen {clock(AT)}"


def test_what_is_voted_on_and_pressed_has_a_number() -> None:
    choices = [{"text": "Pizza", "count": 2}, {"text": "Soup\x1b[2J", "count": 0}]
    assert told(message("Lunch?", poll={"choices": choices})) == (
        "Ann: Lunch?  [1 Pizza: 2]  [2 Soup\N{REPLACEMENT CHARACTER}[2J: 0]"
    )
    buttons = [{"label": "Approve"}, {"label": "Deny"}]
    assert told(message("Deploy?", meta={"buttons": buttons})) == (
        "Ann: Deploy?  [1 Approve]  [2 Deny]"
    )
