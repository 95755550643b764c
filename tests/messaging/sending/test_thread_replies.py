"""Replies in threads: who may send which, what a thread comes to, and who follows it."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from conversations.errors import ConversationNotFound
from conversations.models import Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.errors import ClientIdTaken, ReplyTargetNotFound, ThreadNotFound
from messaging.models import Message, Thread, ThreadFollower
from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.cast import api, leave, make_person, say
from tests.messaging.actions.scene import Scene

pytestmark = pytest.mark.usefixtures("both_paths")


def reply(scene: Scene, person: User, content: str = "reply", **fields: Any) -> int:
    fields.setdefault("thread_seq", 1)
    return say(scene.conversation, person, content, **fields)["seq"]


def followers(scene: Scene) -> dict[Any, int]:
    found = ThreadFollower.objects.filter(conversation=scene.conversation, is_following=True)
    return dict(found.values_list("user_id", "last_read_seq"))


def last_message_at(scene: Scene) -> Any:
    return Conversation.objects.values_list("last_message_at", flat=True).get(pk=scene.id)


def test_it_is_in_the_log_and_counted_by_its_thread(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "root")
    said_at = last_message_at(scene)

    reply(scene, scene.member)
    reply(scene, scene.owner, also_to_conversation=True)
    reply(scene, scene.member)

    rows = Message.objects.filter(conversation=scene.conversation).order_by("seq")
    assert list(rows.values_list("seq", "thread_seq", "thread_only")) == [
        (1, None, False),
        (2, 1, True),
        (3, 1, False),
        (4, 1, True),
    ]
    thread = Thread.objects.get(conversation=scene.conversation, seq=1)
    assert (thread.reply_count, thread.last_seq, thread.last_at) == (3, 4, rows[3].created_at)
    assert thread.participant_ids == [scene.member.pk, scene.owner.pk]
    assert said_at < last_message_at(scene) == rows[2].created_at


def test_no_more_than_five_people_are_named(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    people = [make_person(f"P{number}") for number in range(7)]
    Participant.objects.bulk_create(
        Participant(conversation=scene.conversation, user=person) for person in people
    )
    for person in people:
        reply(scene, person)
    thread = Thread.objects.get(conversation=scene.conversation)
    assert thread.participant_ids == [person.pk for person in people[:5]]
    assert thread.reply_count == 7


def test_replies_of_one_batch_are_counted_one_after_the_other(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    drafts = [
        Draft(scene.id, person.pk, uuid4(), "reply", thread_seq=1)
        for person in (scene.member, scene.admin, scene.member)
    ]
    assert [result.row and result.row["seq"] for result in send_messages(drafts)] == [2, 3, 4]
    thread = Thread.objects.get(conversation=scene.conversation)
    assert (thread.reply_count, thread.last_seq) == (3, 4)


class TestFollowing:
    def test_who_writes_follows_and_so_does_the_author_of_the_root(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.member)
        assert followers(scene) == {scene.owner.pk: 1, scene.member.pk: 2}

    def test_who_is_mentioned_follows_from_there_on(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.owner)
        reply(scene, scene.owner, f"<@{scene.member.pk}> <@{scene.outsider.pk}> look")
        assert followers(scene) == {scene.owner.pk: 1, scene.member.pk: 2}

    def test_at_all_makes_nobody_follow(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.owner, "@all look")
        assert followers(scene).keys() == {scene.owner.pk}

    def test_who_has_stopped_is_brought_back_by_writing_and_not_by_a_mention(
        self, scene: Scene
    ) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.member)
        ThreadFollower.objects.filter(user=scene.member).update(is_following=False)
        reply(scene, scene.owner, f"<@{scene.member.pk}>")
        assert scene.member.pk not in followers(scene)
        seq = reply(scene, scene.member)
        assert followers(scene)[scene.member.pk] == seq

    def test_writing_does_not_read_what_others_wrote(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.member)
        reply(scene, scene.owner)
        reply(scene, scene.member)
        assert followers(scene)[scene.member.pk] == 2


class TestRefusals:
    def test_an_outsider_learns_of_nothing(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        with pytest.raises(ConversationNotFound):
            reply(scene, scene.outsider)

    @pytest.mark.parametrize("seq", [2, 99])
    def test_under_what_is_no_message_or_a_reply(self, scene: Scene, seq: int) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.member)
        with pytest.raises(ThreadNotFound):
            reply(scene, scene.member, thread_seq=seq)
        assert Message.objects.filter(conversation=scene.conversation).count() == 2

    def test_under_a_system_message(self, scene: Scene) -> None:
        leave(scene.conversation, scene.leaver)
        with pytest.raises(ThreadNotFound):
            reply(scene, scene.member)

    def test_a_deleted_message_begins_none_but_a_thread_goes_on_without_its_root(
        self, scene: Scene
    ) -> None:
        say(scene.conversation, scene.owner)
        say(scene.conversation, scene.owner)
        reply(scene, scene.member)
        for seq in (1, 2):
            delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)
        reply(scene, scene.member)
        with pytest.raises(ThreadNotFound):
            reply(scene, scene.member, thread_seq=2)

    def test_under_a_root_that_one_cannot_see_unless_the_thread_is_live(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        reply(scene, scene.owner)
        Participant.objects.create(conversation=scene.conversation, user=scene.outsider, from_seq=3)
        with pytest.raises(ThreadNotFound):
            reply(scene, scene.outsider)
        reply(scene, scene.owner)
        reply(scene, scene.outsider)

    def test_a_quote_from_outside_of_the_thread(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        say(scene.conversation, scene.owner)
        inside = reply(scene, scene.member)
        reply(scene, scene.member, reply_to_seq=inside)
        reply(scene, scene.member, reply_to_seq=1)
        with pytest.raises(ReplyTargetNotFound):
            reply(scene, scene.member, reply_to_seq=2)

    def test_a_retry_into_the_conversation_too_is_another_message(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        client_id = uuid4()
        seq = reply(scene, scene.member, client_id=client_id)
        assert reply(scene, scene.member, client_id=client_id) == seq
        with pytest.raises(ClientIdTaken):
            reply(scene, scene.member, client_id=client_id, also_to_conversation=True)
        with pytest.raises(ClientIdTaken):
            reply(scene, scene.member, client_id=client_id, thread_seq=None)

    @pytest.mark.parametrize(
        ("wrong", "field", "code"),
        [
            ({"alsoToConversation": True}, "alsoToConversation", "needs_thread"),
            ({"threadSeq": 0}, "threadSeq", None),
            ({"threadSeq": 1, "alsoToConversation": "yes"}, "alsoToConversation", None),
        ],
    )
    def test_a_wrong_body_is_named(
        self, scene: Scene, wrong: dict[str, Any], field: str, code: str | None
    ) -> None:
        say(scene.conversation, scene.owner)
        answer = api(scene.owner).post(
            f"/v1/conversations/{scene.id}/messages", {"content": "hi", **wrong}, format="json"
        )
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert code in (None, error["code"])
        assert Message.objects.filter(conversation=scene.conversation).count() == 1


def test_the_reply_is_told_and_then_what_its_thread_comes_to(scene: Scene, listening: Any) -> None:
    say(scene.conversation, scene.owner)
    with listening() as told:
        reply(scene, scene.member)
    created, updated = told.events
    assert (created["type"], created["message"]["threadSeq"]) == ("message.created", 1)
    assert created["message"]["alsoToConversation"] is False
    assert created["message"]["thread"] is None
    assert (updated["type"], updated["threadSeq"]) == ("thread.updated", 1)
    assert updated["thread"]["replyCount"] == 1
    assert [publication.seq for publication in told.publications] == [2, 1]


def test_deleting_a_reply_takes_it_from_the_thread(scene: Scene, listening: Any) -> None:
    say(scene.conversation, scene.owner)
    first, second = reply(scene, scene.member), reply(scene, scene.owner)
    with listening() as told:
        delete_message(conversation_id=scene.id, user_id=scene.member.pk, seq=first)
    assert told.types == ["message.deleted", "thread.updated"]
    assert told.events[1]["thread"]["replyCount"] == 1
    assert told.events[1]["thread"]["participantIds"] == [str(scene.owner.pk)]
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=second)
    thread = Thread.objects.get(conversation=scene.conversation)
    assert (thread.reply_count, thread.last_at, thread.participant_ids) == (0, None, [])
