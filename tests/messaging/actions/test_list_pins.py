"""The list of pinned messages: the last pinned first, as its viewer sees them."""

from typing import Any
from uuid import uuid4

import pytest

from conversations.errors import ConversationNotFound
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.actions.pins import pin_message, unpin_message
from messaging.reads.pins import list_pins
from tests.cast import leave, say
from tests.messaging.actions.scene import Scene, make_scene


@pytest.fixture
def pinned(scene: Scene) -> Scene:
    """Four messages by the owner, of which the third and then the first are pinned."""
    for _ in range(4):
        say(scene.conversation, scene.owner)
    for seq in (3, 1):
        pin_message(conversation_id=scene.id, user_id=scene.member.pk, seq=seq)
    return scene


def seqs(scene: Scene, viewer: Any) -> list[int]:
    answer, _ = list_pins(conversation_id=scene.id, viewer_id=viewer.pk)
    return [message["seq"] for message in answer["results"]]


def test_the_last_pinned_stands_first(pinned: Scene) -> None:
    answer, _ = list_pins(conversation_id=pinned.id, viewer_id=pinned.owner.pk)

    assert [message["seq"] for message in answer["results"]] == [1, 3]
    assert all(message["pinnedById"] == str(pinned.member.pk) for message in answer["results"])
    assert (answer["next"], answer["previous"]) == (None, None)
    assert answer["rev"] == 6
    assert answer["results"][0]["mine"] is True
    assert [person["name"] for person in answer["people"]] == ["Olga"]


def test_what_is_unpinned_or_deleted_or_hidden_is_not_there(pinned: Scene) -> None:
    place = {"conversation_id": pinned.id}
    hide_message(**place, user_id=pinned.admin.pk, seq=1)
    assert seqs(pinned, pinned.admin) == [3]
    assert seqs(pinned, pinned.member) == [1, 3]

    unpin_message(**place, user_id=pinned.member.pk, seq=1)
    delete_message(**place, user_id=pinned.owner.pk, seq=3)
    assert seqs(pinned, pinned.member) == []


def test_who_came_later_sees_those_of_their_time(pinned: Scene) -> None:
    Participant.objects.create(conversation=pinned.conversation, user=pinned.outsider, from_seq=2)

    assert seqs(pinned, pinned.outsider) == [3]


def test_who_left_is_shown_none(pinned: Scene) -> None:
    leave(pinned.conversation, pinned.leaver)

    assert seqs(pinned, pinned.leaver) == []


def test_a_passing_reader_of_a_public_conversation_sees_them(db: None) -> None:
    scene = make_scene("public")
    say(scene.conversation, scene.owner)
    pin_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=1)

    assert seqs(scene, scene.outsider) == [1]


def test_an_outsider_does_not_learn_of_the_conversation(pinned: Scene) -> None:
    with pytest.raises(ConversationNotFound):
        seqs(pinned, pinned.outsider)
    with pytest.raises(ConversationNotFound):
        list_pins(conversation_id=uuid4(), viewer_id=pinned.owner.pk)
