"""Every frame of the WebSocket has its schema in docs/asyncapi.yaml, and is as that says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message, unhide_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_delivered, mark_read
from messaging.ws.frames import FRAMES
from tests.asyncapi import bare, document, faults_of, messages_of
from tests.cast import say
from tests.database import ROOT
from tests.messaging.actions.scene import Scene


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("reference", sorted(set(references(document()))))
def test_every_reference_leads_somewhere(reference: str) -> None:
    found = document()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert found


def test_every_message_is_asked_or_told() -> None:
    documented = set(document()["components"]["messages"])
    used = [*messages_of("ask").values(), *messages_of("tell").values()]

    assert set(used) == documented
    assert len(used) == len(documented)
    for channel in document()["channels"].values():
        assert set(channel["messages"]) == documented


def test_every_message_says_its_own_type() -> None:
    for operation in ("ask", "tell"):
        for kind, key in messages_of(operation).items():
            payload = document()["components"]["messages"][key]["payload"]
            for shape in payload.get("oneOf", [payload]):
                assert shape["properties"]["type"] == {"const": kind}
                assert "type" in shape["required"]


def test_the_web_chat_listens_for_documented_events_alone() -> None:
    """A name that no server tells would leave what depends on it still."""
    source = (ROOT / "chatproject/static/chat/js/core/events.js").read_text()
    listened = set(re.findall(r'case "([^"]+)":', source))
    assert "presence.changed" in listened
    assert listened <= set(messages_of("tell"))


def test_the_frames_of_the_document_are_those_of_the_registry() -> None:
    assert set(messages_of("ask")) == set(FRAMES)


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_documented_by_the_shape_that_reads_it(name: str) -> None:
    documented = document()["components"]["messages"][messages_of("ask")[name]]["payload"]

    assert bare(documented) == bare(FRAMES[name].json_schema())


@pytest.mark.parametrize(
    ("operation", "frame"),
    [
        ("ask", {"type": "message.burn"}),
        ("ask", {"type": "hello"}),
        ("ask", {"type": "message.delete", "conversationId": "x", "seq": 1}),
        ("ask", {"type": "message.delete", "conversationId": "0" * 32, "seq": 1}),
        ("tell", {"type": "pong", "ref": None, "more": 1}),
        ("tell", {"type": "error", "ref": 1, "code": "x"}),
        ("tell", {"type": "ack", "ref": 1}),
    ],
)
def test_a_frame_that_is_otherwise_is_found_out(operation: str, frame: dict[str, Any]) -> None:
    assert faults_of(operation, frame)


def test_what_is_done_to_a_message_is_told_as_documented(scene: Scene, listening: Any) -> None:
    place = {"conversation_id": scene.id, "seq": 1}
    owner, member = scene.owner.pk, scene.member.pk

    with listening() as published:
        say(scene.conversation, scene.owner, f"hello <@{member}>")
        add_reaction(**place, user_id=member, emoji="👍")
        edit_message(**place, user_id=owner, body="hello everybody")
        pin_message(**place, user_id=member)
        mark_delivered(**place, user_id=member)
        mark_read(**place, user_id=scene.admin.pk)
        hide_message(**place, user_id=scene.admin.pk)
        unhide_message(**place, user_id=scene.admin.pk)
        delete_message(**place, user_id=owner)

    assert {"message.created", "message.updated", "message.deleted"} < set(published.types)
    assert {"receipt.advanced", "state.changed"} < set(published.types)
