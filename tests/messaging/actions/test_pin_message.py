"""Pinning: anybody in a direct conversation or a group, admins where many read."""

from typing import Any

import pytest
from django.utils import timezone

from conversations.errors import (
    AdminRightMissing,
    ConversationLocked,
    ConversationNotFound,
    NotAParticipant,
)
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.pins import MAX_PINS, pin_message, unpin_message
from messaging.errors import MessageGone, MessageNotFound, SystemMessage, TooManyPins
from messaging.log import writing
from messaging.models import Message
from tests.cast import leave, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene


def pin(scene: Scene, user: Any, seq: int) -> dict[str, Any]:
    return pin_message(conversation_id=scene.id, user_id=user.pk, seq=seq)


def unpin(scene: Scene, user: Any, seq: int) -> dict[str, Any]:
    return unpin_message(conversation_id=scene.id, user_id=user.pk, seq=seq)


BOTH = pytest.mark.parametrize("act", [pin, unpin])


def test_a_pin_tells_who_and_when_and_has_the_next_rev(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)

    with listening() as published:
        message = pin(scene, scene.member, sent["seq"])

    assert message["pinnedById"] == str(scene.member.pk)
    assert message["pinnedAt"] is not None
    assert message["rev"] == sent["rev"] + 1
    assert published.types == ["message.updated"]
    assert published.events[0]["message"] == message


def test_pinning_again_keeps_the_first_pin(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    first = pin(scene, scene.member, sent["seq"])

    with listening() as published:
        again = pin(scene, scene.owner, sent["seq"])

    assert again == first
    assert published.events == []


def test_anybody_who_may_pin_unpins(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    pin(scene, scene.owner, sent["seq"])

    with listening() as published:
        message = unpin(scene, scene.member, sent["seq"])
        again = unpin(scene, scene.owner, sent["seq"])

    assert message["pinnedAt"] is None
    assert message["pinnedById"] is None
    assert message["rev"] == sent["rev"] + 2
    assert again == message
    assert published.types == ["message.updated"]


def test_both_pin_in_a_direct_conversation(db: None) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    direct = make_direct(ann, bob)
    sent = say(direct, ann)

    message = pin_message(conversation_id=direct.pk, user_id=bob.pk, seq=sent["seq"])

    assert message["pinnedById"] == str(bob.pk)


@pytest.mark.parametrize("kind", ["public", "broadcast"])
@BOTH
def test_where_many_read_only_admins_pin(db: None, act: Any, kind: str) -> None:
    scene = make_scene(kind)
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(AdminRightMissing):
        act(scene, scene.member, sent["seq"])
    act(scene, scene.admin, sent["seq"])
    act(scene, scene.owner, sent["seq"])


@BOTH
def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(ConversationNotFound):
        act(scene, scene.outsider, sent["seq"])


@BOTH
def test_a_passing_reader_of_a_public_conversation_does_not_pin(db: None, act: Any) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(NotAParticipant):
        act(scene, scene.outsider, sent["seq"])


@BOTH
def test_who_left_pins_no_more(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(NotAParticipant):
        act(scene, scene.leaver, sent["seq"])


@BOTH
def test_a_deleted_message_is_not_pinned(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])

    with pytest.raises(MessageGone):
        act(scene, scene.member, sent["seq"])


@BOTH
def test_a_system_message_is_not_pinned(scene: Scene, act: Any) -> None:
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.owner.pk, title="x")

    with pytest.raises(SystemMessage):
        act(scene, scene.owner, system.seq)


@BOTH
def test_a_seq_that_is_not_there_is_not_found(scene: Scene, act: Any) -> None:
    with pytest.raises(MessageNotFound):
        act(scene, scene.member, 1)


def test_in_a_locked_conversation_pins_only_come_off(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    other = say(scene.conversation, scene.owner)
    pin(scene, scene.owner, sent["seq"])
    Conversation.objects.filter(pk=scene.id).update(locked_at=timezone.now())

    with pytest.raises(ConversationLocked):
        pin(scene, scene.owner, other["seq"])
    assert unpin(scene, scene.owner, sent["seq"])["pinnedAt"] is None


def test_so_many_pins_and_no_more(scene: Scene) -> None:
    seqs = [say(scene.conversation, scene.owner)["seq"] for _ in range(MAX_PINS + 1)]
    Message.objects.filter(conversation=scene.conversation, seq__lte=seqs[MAX_PINS - 1]).update(
        pinned_at=timezone.now(), pinned_by=scene.owner
    )

    with pytest.raises(TooManyPins):
        pin(scene, scene.owner, seqs[MAX_PINS])
    assert pin(scene, scene.owner, seqs[0])["pinnedAt"]

    unpin(scene, scene.owner, seqs[0])
    assert pin(scene, scene.owner, seqs[MAX_PINS])["pinnedAt"]
