"""What counts as unread: each reason not to, and never two for one message."""

from typing import Any

import pytest

from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message, unhide_message
from messaging.actions.receipts import mark_read
from messaging.log import writing
from messaging.membership.members import join_conversation
from messaging.models import Message
from messaging.reads.inbox.conversations import conversation_json_for
from tests.cast import leave, say
from tests.messaging.actions.scene import Scene


def unread(scene: Scene, user: Any) -> int:
    (entry,) = conversation_json_for(user.pk, [scene.id])
    count: int = entry["unread"]
    return count


def mentions(scene: Scene, user: Any) -> int:
    (entry,) = conversation_json_for(user.pk, [scene.id])
    assert entry["mentioned"] == (entry["unreadMentions"] > 0)
    count: int = entry["unreadMentions"]
    return count


def test_what_is_behind_the_pointer_counts(told_ten: Scene) -> None:
    assert unread(told_ten, told_ten.member) == 10
    assert unread(told_ten, told_ten.owner) == 0
    mark_read(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=7)
    assert unread(told_ten, told_ten.member) == 3


def test_own_messages_do_not_count(told_ten: Scene) -> None:
    """Mia answers without having read: her pointer stays, and hers is marked as sent behind."""
    say(told_ten.conversation, told_ten.member)
    say(told_ten.conversation, told_ten.owner)

    assert unread(told_ten, told_ten.member) == 11
    assert unread(told_ten, told_ten.owner) == 1
    mark_read(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=11)
    say(told_ten.conversation, told_ten.member)
    assert unread(told_ten, told_ten.member) == 1


def test_deleted_system_and_hidden_ones_do_not_count(told_ten: Scene) -> None:
    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=2)
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=3)
    with writing(told_ten.id) as log:
        log.append_system("conversation.renamed", by=told_ten.owner.pk, title="New")

    assert unread(told_ten, told_ten.member) == 8
    assert unread(told_ten, told_ten.admin) == 9
    unhide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=3)
    assert unread(told_ten, told_ten.member) == 9


@pytest.mark.parametrize("order", ["hide first", "delete first"])
def test_two_reasons_take_off_one(told_ten: Scene, order: str) -> None:
    member = told_ten.member
    say(told_ten.conversation, member, "own, hidden and deleted")
    with writing(told_ten.id) as log:
        log.append_system("conversation.renamed", by=member.pk, title="Own, system and hidden")
    deeds = [
        lambda: [
            hide_message(conversation_id=told_ten.id, user_id=member.pk, seq=seq)
            for seq in (2, 11, 12)
        ],
        lambda: [
            delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=seq)
            for seq in (2, 11)
        ],
    ]
    for deed in deeds if order == "hide first" else reversed(deeds):
        deed()

    assert unread(told_ten, member) == 9


def test_clearing_counts_as_nothing_left(told_ten: Scene) -> None:
    Participant.objects.filter(user=told_ten.member).update(cleared_seq=6)
    assert unread(told_ten, told_ten.member) == 4


def test_who_left_has_unread_what_they_left_unread(told_ten: Scene) -> None:
    leave(told_ten.conversation, told_ten.leaver)
    say(told_ten.conversation, told_ten.owner)

    assert unread(told_ten, told_ten.leaver) == 10


def test_who_comes_back_begins_anew(told_ten: Scene) -> None:
    leave(told_ten.conversation, told_ten.leaver)
    say(told_ten.conversation, told_ten.owner)
    join_conversation(conversation_id=told_ten.id, user_id=told_ten.leaver.pk)

    assert unread(told_ten, told_ten.leaver) == 0
    say(told_ten.conversation, told_ten.owner)
    assert unread(told_ten, told_ten.leaver) == 1


def test_mentions_count_once_and_only_while_they_stand(scene: Scene) -> None:
    member, owner = scene.member, scene.owner
    say(scene.conversation, owner, f"<@{member.pk}>")
    say(scene.conversation, owner, "@all")
    say(scene.conversation, owner, f"<@{member.pk}> and @all")
    say(scene.conversation, owner, f"<@{scene.admin.pk}>")
    say(scene.conversation, member, f"<@{member.pk}>")
    assert (mentions(scene, member), mentions(scene, scene.admin)) == (3, 3)
    assert mentions(scene, owner) == 0

    hide_message(conversation_id=scene.id, user_id=member.pk, seq=1)
    assert mentions(scene, member) == 2
    delete_message(conversation_id=scene.id, user_id=owner.pk, seq=2)
    assert mentions(scene, member) == 1
    edit_message(conversation_id=scene.id, user_id=owner.pk, seq=3, body="nobody")
    assert mentions(scene, member) == 0
    mark_read(conversation_id=scene.id, user_id=scene.admin.pk, seq=5)
    assert mentions(scene, scene.admin) == 0


def test_own_messages_behind_the_pointer_are_marked(told_ten: Scene) -> None:
    say(told_ten.conversation, told_ten.member)
    say(told_ten.conversation, told_ten.owner)
    marked = Message.objects.filter(conversation=told_ten.conversation, sent_behind=True)
    assert set(marked.values_list("seq", flat=True)) == {11, 12}
