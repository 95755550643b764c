"""Editing: only the sender, while in the conversation; every version is kept."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Block
from chatproject.core.errors import InvalidInput
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    NotAParticipant,
    PostingRightMissing,
)
from conversations.models import Conversation, Participant
from messaging.actions.edit import edit_message
from messaging.errors import MessageGone, MessageNotFound, NotTheSender, SystemMessage
from messaging.log import writing
from messaging.models import Hide, Mention, Message, Revision
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene


def edit(scene: Scene, user: Any, seq: int, content: object = "better") -> dict[str, Any]:
    return edit_message(conversation_id=scene.id, user_id=user.pk, seq=seq, body=content)


def versions(scene: Scene, seq: int) -> list[tuple[int, str]]:
    rows = Revision.objects.filter(conversation=scene.conversation, seq=seq).order_by("rev")
    return list(rows.values_list("rev", "body"))


def mentions(scene: Scene, seq: int) -> set[Any]:
    rows = Mention.objects.filter(conversation=scene.conversation, seq=seq)
    return set(rows.values_list("user", flat=True))


def test_the_text_is_replaced_and_the_change_has_the_next_rev(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, "good")

    message = edit(scene, scene.member, sent["seq"])

    assert message["content"] == "better"
    assert message["rev"] == sent["rev"] + 1
    assert message["seq"] == sent["seq"]
    assert message["editedAt"] is not None
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert (stored.body, stored.rev) == ("better", sent["rev"] + 1)
    scene.conversation.refresh_from_db()
    assert scene.conversation.last_rev == sent["rev"] + 1
    assert scene.conversation.last_seq == sent["seq"]


def test_the_original_is_kept_as_revision_0_and_then_each_new_version(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, "one")
    edit(scene, scene.member, sent["seq"], "two")
    edit(scene, scene.member, sent["seq"], "three")

    rev = sent["rev"]
    assert versions(scene, sent["seq"]) == [(0, "one"), (rev + 1, "two"), (rev + 2, "three")]


def test_the_same_text_again_changes_nothing(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.member, "good")

    with listening() as published:
        message = edit(scene, scene.member, sent["seq"], "good")

    assert message["rev"] == sent["rev"]
    assert message["editedAt"] is None
    assert versions(scene, sent["seq"]) == []
    assert published.events == []
    scene.conversation.refresh_from_db()
    assert scene.conversation.last_rev == sent["rev"]


def test_the_event_holds_the_message_that_the_answer_holds(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.member, "good")

    with listening() as published:
        message = edit(scene, scene.member, sent["seq"])

    assert published.events == [
        {
            "type": "message.updated",
            "conversationId": str(scene.id),
            "rev": message["rev"],
            "memberRev": scene.conversation.member_rev,
            "message": message,
        }
    ]
    assert published.publications[0].seq == sent["seq"]


def test_mentions_follow_the_text(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, f"<@{scene.member.pk}> and @all")
    assert mentions(scene, sent["seq"]) == {scene.member.pk, None}

    edit(scene, scene.owner, sent["seq"], f"<@{scene.admin.pk}> and <@{scene.member.pk}>")
    assert mentions(scene, sent["seq"]) == {scene.admin.pk, scene.member.pk}

    edit(scene, scene.owner, sent["seq"], "nobody")
    assert mentions(scene, sent["seq"]) == set()


def test_only_people_who_are_in_are_mentioned(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, "hello")
    leave(scene.conversation, scene.leaver)

    people = (scene.member.pk, scene.leaver.pk, scene.outsider.pk, uuid4())
    edit(scene, scene.owner, sent["seq"], " ".join(f"<@{person}>" for person in people))

    assert mentions(scene, sent["seq"]) == {scene.member.pk}


@pytest.mark.parametrize("content", [None, "", " \u200b", 7, True, ["a"], "a\0b", "x" * 8001])
def test_a_text_that_could_not_be_sent_is_refused(scene: Scene, content: object) -> None:
    sent = say(scene.conversation, scene.member, "good")

    with pytest.raises(InvalidInput):
        edit(scene, scene.member, sent["seq"], content)

    assert Message.objects.get(conversation=scene.conversation, seq=sent["seq"]).body == "good"


def test_the_words_under_a_picture_can_be_taken_away(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, "look")
    Message.objects.filter(conversation=scene.conversation, seq=sent["seq"]).update(kind="image")

    assert edit(scene, scene.member, sent["seq"], "")["content"] == ""


@pytest.mark.parametrize("who", ["owner", "admin", "member"])
def test_nobody_else_edits_it(scene: Scene, who: str) -> None:
    sent = say(scene.conversation, scene.leaver, "mine")

    with pytest.raises(NotTheSender):
        edit(scene, getattr(scene, who), sent["seq"])


def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)

    with pytest.raises(ConversationNotFound):
        edit(scene, scene.outsider, sent["seq"])
    with pytest.raises(ConversationNotFound):
        edit_message(conversation_id=uuid4(), user_id=scene.owner.pk, seq=1, body="x")


def test_who_left_edits_no_more(scene: Scene) -> None:
    sent = say(scene.conversation, scene.leaver)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(NotAParticipant):
        edit(scene, scene.leaver, sent["seq"])


def test_who_came_back_does_not_edit_what_was_said_before_leaving(scene: Scene) -> None:
    sent = say(scene.conversation, scene.leaver)
    leave(scene.conversation, scene.leaver)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.leaver, from_seq=sent["seq"] + 2
    )

    with pytest.raises(NotAParticipant):
        edit(scene, scene.leaver, sent["seq"])


@pytest.mark.parametrize("seq", [0, 2, 2**62, 2**70])
def test_a_seq_that_is_not_there_is_not_found(scene: Scene, seq: int) -> None:
    say(scene.conversation, scene.member)

    with pytest.raises(MessageNotFound):
        edit(scene, scene.member, seq)


def test_what_one_has_hidden_is_not_found(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)
    Hide.objects.create(conversation=scene.conversation, user=scene.member, seq=sent["seq"])

    with pytest.raises(MessageNotFound):
        edit(scene, scene.member, sent["seq"])


def test_what_was_said_before_one_joined_is_not_found(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.outsider, from_seq=sent["seq"] + 1
    )

    with pytest.raises(MessageNotFound):
        edit(scene, scene.outsider, sent["seq"])


def test_a_deleted_message_is_not_edited(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)
    Message.objects.filter(conversation=scene.conversation, seq=sent["seq"]).update(
        body="", deleted_at=timezone.now()
    )

    with pytest.raises(MessageGone):
        edit(scene, scene.member, sent["seq"])


def test_a_system_message_is_not_edited(scene: Scene) -> None:
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.owner.pk, title="x")

    with pytest.raises(SystemMessage):
        edit(scene, scene.owner, system.seq)


def test_who_may_not_post_any_more_does_not_edit(db: None) -> None:
    scene = make_scene("broadcast")
    sent = say(scene.conversation, scene.admin)
    Participant.objects.filter(conversation=scene.conversation, user=scene.admin).update(
        role="member"
    )

    with pytest.raises(PostingRightMissing):
        edit(scene, scene.admin, sent["seq"])


def test_nobody_edits_in_a_locked_conversation(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)
    Conversation.objects.filter(pk=scene.id).update(locked_at=timezone.now())

    with pytest.raises(ConversationLocked):
        edit(scene, scene.member, sent["seq"])


@pytest.mark.parametrize("blocker", [0, 1])
def test_a_block_stops_edits_in_a_direct_conversation(db: None, blocker: int) -> None:
    ann, bob = people = make_person("Ann"), make_person("Bob")
    direct = make_direct(ann, bob)
    sent = say(direct, ann)
    Block.objects.create(blocker=people[blocker], blocked=people[1 - blocker])

    with pytest.raises(Blocked):
        edit_message(conversation_id=direct.pk, user_id=ann.pk, seq=sent["seq"], body="x")


def test_a_block_does_not_stop_edits_in_a_group(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member)
    Block.objects.create(blocker=scene.owner, blocked=scene.member)

    assert edit(scene, scene.member, sent["seq"])["content"] == "better"


def test_an_edit_takes_few_queries_however_many_people_are_in(
    scene: Scene, django_assert_max_num_queries: Any
) -> None:
    numbers = count(1)
    crowd = [make_person(f"Person {next(numbers)}") for _ in range(30)]
    group = make_conversation(scene.owner, *crowd)
    sent = say(group, crowd[0])

    with django_assert_max_num_queries(12):  # two of them open and close the transaction
        edit_message(conversation_id=group.pk, user_id=crowd[0].pk, seq=sent["seq"], body="better")
