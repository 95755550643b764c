"""Deleting for everybody: the place in the log stays, everything that was said is gone."""

from typing import Any
from uuid import uuid4

import pytest

from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.errors import (
    MessageNotFound,
    NotTheSender,
    ReplyTargetNotFound,
    SystemMessage,
)
from messaging.log import writing
from messaging.models import Mention, Message, Reaction, Revision
from tests.cast import leave, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene


def delete(scene: Scene, user: Any, seq: int, **fields: Any) -> dict[str, Any]:
    return delete_message(conversation_id=scene.id, user_id=user.pk, seq=seq, **fields)


def test_the_tombstone_keeps_its_place_and_its_sender_only(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, "secret")
    pin_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])

    message = delete(scene, scene.member, sent["seq"])

    assert message["content"] == ""
    assert message["meta"] is None
    assert message["pinnedAt"] is None
    assert message["pinnedById"] is None
    assert message["deletedAt"] is not None
    assert message["rev"] == sent["rev"] + 2
    for kept in ("id", "seq", "senderId", "clientId", "kind", "createdAt"):
        assert message[kept] is not None
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert (stored.body, stored.sender_id) == ("", scene.member.pk)
    assert stored.client_id == sent["client_id"]
    assert stored.deleted_by_id == scene.member.pk


def test_nothing_that_hung_on_it_is_left(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, f"<@{scene.owner.pk}>")
    other = say(scene.conversation, scene.member, "another")
    for seq in (sent["seq"], other["seq"]):
        place = {"conversation_id": scene.id, "seq": seq}
        edit_message(**place, user_id=scene.member.pk, body=f"<@{scene.owner.pk}> @all")
        add_reaction(**place, user_id=scene.owner.pk, emoji="👍")
        add_reaction(**place, user_id=scene.leaver.pk, emoji="🎉")
    leave(scene.conversation, scene.leaver)
    remove_reaction(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"], emoji="👍")

    message = delete(scene, scene.member, sent["seq"])

    assert message["reactions"] == []
    for child in (Revision, Reaction, Mention):
        seqs = set(
            child.objects.filter(conversation=scene.conversation).values_list("seq", flat=True)
        )
        assert seqs == {other["seq"]}


def test_deleting_again_changes_nothing(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.member)
    first = delete(scene, scene.member, sent["seq"])

    with listening() as published:
        again = delete(scene, scene.owner, sent["seq"])

    assert again == first
    assert published.events == []
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert stored.deleted_by_id == scene.member.pk


def test_the_event_tells_it_to_all_who_could_see_the_message(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.member)

    with listening() as published:
        message = delete(scene, scene.member, sent["seq"])

    (event,) = published.events
    assert event["type"] == "message.deleted"
    assert event["rev"] == message["rev"]
    assert event["message"] == message
    assert published.publications[0].seq == sent["seq"]


def test_a_retry_of_the_send_finds_the_tombstone(scene: Scene) -> None:
    client_id = uuid4()
    sent = say(scene.conversation, scene.member, "once", client_id=client_id)
    delete(scene, scene.member, sent["seq"])

    again = say(scene.conversation, scene.member, "once", client_id=client_id)

    assert again["seq"] == sent["seq"]
    assert again["deleted_at"] is not None
    assert again["body"] == ""


@pytest.mark.parametrize("who", ["owner", "admin"])
@pytest.mark.parametrize("kind", ["group", "public"])
def test_owner_and_admin_delete_what_others_said(db: None, kind: str, who: str) -> None:
    scene = make_scene(kind)
    sent = say(scene.conversation, scene.member)

    assert delete(scene, getattr(scene, who), sent["seq"])["deletedAt"]


def test_a_member_does_not_delete_what_others_said(scene: Scene) -> None:
    sent = say(scene.conversation, scene.leaver)

    with pytest.raises(NotTheSender):
        delete(scene, scene.member, sent["seq"])


def test_in_a_direct_conversation_only_the_sender_deletes(db: None) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    direct = make_direct(ann, bob)
    Participant.objects.filter(conversation=direct).update(role="owner")
    sent = say(direct, ann)

    with pytest.raises(NotTheSender):
        delete_message(conversation_id=direct.pk, user_id=bob.pk, seq=sent["seq"])
    assert delete_message(conversation_id=direct.pk, user_id=ann.pk, seq=sent["seq"])["deletedAt"]


def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)

    with pytest.raises(ConversationNotFound):
        delete(scene, scene.outsider, sent["seq"])


def test_a_passing_reader_of_a_public_conversation_deletes_nothing(db: None) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.member)

    with pytest.raises(NotAParticipant):
        delete(scene, scene.outsider, sent["seq"])


def test_who_left_deletes_no_more(scene: Scene) -> None:
    sent = say(scene.conversation, scene.leaver)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(NotAParticipant):
        delete(scene, scene.leaver, sent["seq"])


def test_who_came_back_deletes_what_they_said_before(scene: Scene) -> None:
    sent = say(scene.conversation, scene.leaver)
    leave(scene.conversation, scene.leaver)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.leaver, from_seq=sent["seq"] + 2
    )

    assert delete(scene, scene.leaver, sent["seq"])["deletedAt"]


@pytest.mark.parametrize("who", ["owner", "member"])
def test_a_system_message_is_not_deleted(scene: Scene, who: str) -> None:
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.member.pk, title="x")

    with pytest.raises(SystemMessage):
        delete(scene, getattr(scene, who), system.seq)
    with pytest.raises(SystemMessage):
        delete(scene, scene.outsider, system.seq, as_moderator=True)


@pytest.mark.parametrize("seq", [0, 2, 2**70])
def test_a_seq_that_is_not_there_is_not_found(scene: Scene, seq: int) -> None:
    say(scene.conversation, scene.member)

    with pytest.raises(MessageNotFound):
        delete(scene, scene.member, seq)
    with pytest.raises(MessageNotFound):
        delete(scene, scene.outsider, seq, as_moderator=True)


def test_a_moderator_deletes_without_being_in(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.member, "spam")

    with listening() as published:
        message = delete(scene, scene.outsider, sent["seq"], as_moderator=True)

    assert message["content"] == ""
    assert published.types == ["message.deleted"]
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert stored.deleted_by_id == scene.outsider.pk


def test_nobody_replies_to_it_any_more(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)
    delete(scene, scene.member, sent["seq"])

    with pytest.raises(ReplyTargetNotFound):
        say(scene.conversation, scene.owner, reply_to_seq=sent["seq"])
