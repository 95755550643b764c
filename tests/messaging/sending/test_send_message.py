"""Who may send what, what is stored with it, and what a retry gives."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Block, User
from chatproject.realtime import bus
from conversations import errors as refusals
from conversations.models import Conversation, Participant
from messaging.actions.reactions import add_reaction
from messaging.errors import AttachmentNotFound, ClientIdTaken, ReplyTargetNotFound
from messaging.membership.members import leave_conversation
from messaging.models import Mention, Message
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message, send_messages
from tests.cast import api, make_conversation, make_direct, make_person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_paths")]


@pytest.fixture
def owner() -> User:
    return make_person("Olga")


@pytest.fixture
def member() -> User:
    return make_person("Mina")


@pytest.fixture
def outsider() -> User:
    return make_person("Otto")


@pytest.fixture
def group(owner: User, member: User) -> Conversation:
    return make_conversation(owner, member)


def period(conversation: Conversation, user: User) -> Participant:
    return Participant.objects.get(conversation=conversation, user=user)


def leave(conversation: Conversation, user: User) -> None:
    conversation.refresh_from_db()
    Participant.objects.filter(conversation=conversation, user=user).update(
        left_at=timezone.now(), to_seq=conversation.last_seq, to_rev=conversation.last_rev
    )


def test_seq_and_rev_count_from_one(group: Conversation, owner: User, member: User) -> None:
    rows = [say(group, owner), say(group, member), say(group, owner)]
    assert [(row["seq"], row["rev"]) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    group.refresh_from_db()
    assert (group.last_seq, group.last_rev) == (3, 3)
    assert group.last_message_at == group.last_at == rows[-1]["created_at"]


def test_times_ascend_even_against_the_clock(group: Conversation, owner: User) -> None:
    future = timezone.now() + timezone.timedelta(hours=1)
    Conversation.objects.filter(pk=group.pk).update(last_at=future)
    first, second = say(group, owner), say(group, owner)
    assert future < first["created_at"] < second["created_at"]


def test_the_answer_is_what_is_stored(group: Conversation, owner: User) -> None:
    row = say(group, owner, "a 'text' with \"quotes\", \\ and {braces} 🙂\n\tlines")
    stored = Message.objects.get(conversation=group, seq=row["seq"])
    assert {name: getattr(stored, name) for name in row} == row


def test_an_outsider_is_told_that_nothing_is_there(group: Conversation, outsider: User) -> None:
    with pytest.raises(refusals.ConversationNotFound):
        say(group, outsider)


def test_into_no_conversation(owner: User) -> None:
    with pytest.raises(refusals.ConversationNotFound):
        say(uuid4(), owner)


def test_who_left_is_refused(group: Conversation, member: User) -> None:
    leave(group, member)
    with pytest.raises(refusals.NotAParticipant):
        say(group, member)


def test_a_reader_of_a_public_conversation_has_to_join(owner: User, outsider: User) -> None:
    public = make_conversation(owner, kind="public")
    with pytest.raises(refusals.NotAParticipant):
        say(public, outsider)


def test_only_admins_post_in_a_broadcast(owner: User, member: User, outsider: User) -> None:
    broadcast = make_conversation(owner, member, admins=(outsider,), kind="broadcast")
    assert say(broadcast, owner)["seq"] == 1
    assert say(broadcast, outsider)["seq"] == 2
    with pytest.raises(refusals.PostingRightMissing):
        say(broadcast, member)


def test_nobody_posts_in_a_locked_conversation(group: Conversation, owner: User) -> None:
    Conversation.objects.filter(pk=group.pk).update(locked_at=timezone.now())
    with pytest.raises(refusals.ConversationLocked):
        say(group, owner)


def test_a_block_closes_a_direct_conversation_for_both(owner: User, member: User) -> None:
    direct = make_direct(owner, member)
    say(direct, member)
    Block.objects.create(blocker=owner, blocked=member)
    for sender in (owner, member):
        with pytest.raises(refusals.Blocked):
            say(direct, sender)


def test_a_block_says_nothing_in_a_group(group: Conversation, owner: User, member: User) -> None:
    Block.objects.create(blocker=owner, blocked=member)
    assert say(group, member)["seq"] == 1


def test_a_note_to_self(owner: User) -> None:
    assert say(make_direct(owner, owner), owner)["seq"] == 1


class TestRetry:
    def test_gives_the_stored_message(self, group: Conversation, owner: User) -> None:
        client_id = uuid4()
        first = say(group, owner, "once", client_id=client_id)
        say(group, owner, "another")
        assert say(group, owner, "once", client_id=client_id) == first
        assert Message.objects.filter(conversation=group).count() == 2

    def test_is_answered_before_any_right_is_asked(self, group: Conversation, member: User) -> None:
        client_id = uuid4()
        first = say(group, member, client_id=client_id)
        leave(group, member)
        assert say(group, member, client_id=client_id) == first

    def test_with_other_content_is_a_conflict(self, group: Conversation, owner: User) -> None:
        client_id = uuid4()
        say(group, owner, "one", client_id=client_id)
        for changed in ({"content": "two"}, {"content": "one", "reply_to_seq": 1}):
            with pytest.raises(ClientIdTaken):
                say(group, owner, **{"client_id": client_id, **changed})

    def test_of_another_sender_is_another_message(
        self, group: Conversation, owner: User, member: User
    ) -> None:
        client_id = uuid4()
        assert say(group, owner, client_id=client_id)["seq"] == 1
        assert say(group, member, client_id=client_id)["seq"] == 2

    def test_within_one_batch(self, group: Conversation, owner: User) -> None:
        draft = Draft(group.pk, owner.pk, uuid4(), "once")
        other = Draft(group.pk, owner.pk, draft.client_id, "twice")
        first, second, third = send_messages([draft, draft, other])
        assert first.row == second.row is not None
        assert isinstance(third.refusal, ClientIdTaken)

    def test_holds_under_a_new_secret_key(
        self, group: Conversation, owner: User, settings: object
    ) -> None:
        client_id = uuid4()
        first = say(group, owner, client_id=client_id)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
        settings.SECRET_KEY = "another" * 10  # type: ignore[attr-defined]
        assert say(group, owner, client_id=client_id) == first


class TestReply:
    def test_quotes_a_message_and_begins_no_thread(
        self, group: Conversation, owner: User, member: User
    ) -> None:
        root = say(group, owner)
        answer = say(group, member, reply_to_seq=root["seq"])
        assert (answer["reply_to_seq"], answer["thread_seq"]) == (1, None)
        assert answer["thread_only"] is False

    def test_to_nothing_is_refused(self, group: Conversation, owner: User) -> None:
        with pytest.raises(ReplyTargetNotFound):
            say(group, owner, reply_to_seq=1)

    def test_to_a_deleted_message_is_refused(self, group: Conversation, owner: User) -> None:
        say(group, owner)
        Message.objects.filter(conversation=group).update(deleted_at=timezone.now(), body="")
        with pytest.raises(ReplyTargetNotFound):
            say(group, owner, reply_to_seq=1)

    def test_to_what_one_cannot_see_is_refused(
        self, group: Conversation, owner: User, outsider: User
    ) -> None:
        say(group, owner)
        Participant.objects.create(conversation=group, user=outsider, from_seq=2)
        with pytest.raises(ReplyTargetNotFound):
            say(group, outsider, reply_to_seq=1)
        say(group, owner)
        assert say(group, outsider, reply_to_seq=2)["reply_to_seq"] == 2


def test_an_attachment_that_is_not_there_is_refused(group: Conversation, owner: User) -> None:
    with pytest.raises(AttachmentNotFound):
        say(group, owner, attachment_ids=(uuid4(),))


class TestMentions:
    def test_are_kept_for_people_who_are_in(
        self, group: Conversation, owner: User, member: User, outsider: User
    ) -> None:
        say(group, owner, f"<@{member.pk}> and <@{outsider.pk}> and <@{uuid4()}>")
        assert list(Mention.objects.values_list("seq", "user")) == [(1, member.pk)]

    def test_of_all_is_one_row(self, group: Conversation, owner: User) -> None:
        say(group, owner, "@all look")
        assert list(Mention.objects.values_list("conversation", "seq", "user")) == [
            (group.pk, 1, None)
        ]


class TestSendersPointer:
    def test_moves_when_it_stood_at_the_message_before(
        self, group: Conversation, owner: User
    ) -> None:
        say(group, owner)
        say(group, owner)
        assert period(group, owner).last_read_seq == 2
        assert not Message.objects.filter(sent_behind=True).exists()

    def test_stays_behind_what_is_unread(
        self, group: Conversation, owner: User, member: User
    ) -> None:
        say(group, owner)
        say(group, member)
        assert period(group, member).last_read_seq == 0
        assert list(Message.objects.values_list("seq", "sent_behind")) == [(1, False), (2, True)]

    def test_moves_over_the_run_at_the_head_of_a_batch(
        self, group: Conversation, owner: User, member: User
    ) -> None:
        people = [owner, owner, member, owner]
        send_messages([Draft(group.pk, person.pk, uuid4(), "x") for person in people])
        assert period(group, owner).last_read_seq == 2
        assert period(group, member).last_read_seq == 0
        behind = Message.objects.order_by("seq").values_list("sent_behind", flat=True)
        assert list(behind) == [False, False, True, True]


def test_one_bad_draft_refuses_itself_alone(
    group: Conversation, owner: User, outsider: User
) -> None:
    senders = [owner, outsider, owner]
    results = send_messages([Draft(group.pk, one.pk, uuid4(), "x") for one in senders])
    assert [result.row and result.row["seq"] for result in results] == [1, None, 2]
    assert isinstance(results[1].refusal, refusals.ConversationNotFound)


def test_the_database_itself_refuses_what_shows_nothing(
    group: Conversation, owner: User, member: User
) -> None:
    """The check beyond every other: such a draft is found alone, and the others are stored."""
    drafts = [Draft(group.pk, owner.pk, uuid4(), text) for text in ("a", "\u200b", "b" * 8001, "c")]
    results = send_messages(drafts)
    assert [result.row and result.row["body"] for result in results] == ["a", None, None, "c"]
    assert list(Message.objects.order_by("seq").values_list("seq", "body")) == [(1, "a"), (2, "c")]


@pytest.mark.django_db(transaction=True)
def test_the_event_is_published_after_the_commit(
    group: Conversation, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bus.Publication] = []
    monkeypatch.setattr(bus, "_outlet", heard.extend)
    row = say(group, owner, "hello")
    (publication,) = heard
    assert publication[0] == f"conversation:{group.pk}"
    assert publication[2:5] == (row["seq"], row["rev"], 0)
    assert b'"content":"hello"' in publication.frame


def test_a_batch_is_one_round_trip_of_statements(
    group: Conversation, owner: User, django_assert_num_queries: object
) -> None:
    """The pipeline runs beneath Django's cursor, so that Django itself counts no query."""
    with django_assert_num_queries(0):  # type: ignore[operator]
        say(group, owner)


def test_a_retry_tells_who_left_nothing_of_later_reactions(
    group: Conversation, owner: User, member: User
) -> None:
    draft = Draft(group.pk, member.pk, uuid4(), "hello")
    (stored,) = send_messages([draft])
    assert stored.row is not None
    seq = stored.row["seq"]
    add_reaction(conversation_id=group.pk, user_id=owner.pk, seq=seq, emoji="👍")
    assert len(send_message(draft).as_json()["reactions"]) == 1
    leave_conversation(conversation_id=group.pk, user_id=member.pk)
    add_reaction(conversation_id=group.pk, user_id=owner.pk, seq=seq, emoji="🎉")
    (again,) = send_messages([draft])
    assert "🎉" not in again.message.decode()
    answer = send_message(draft).as_json()
    assert (answer["seq"], answer["content"]) == (seq, "hello")
    assert "🎉" not in str(answer["reactions"])


@pytest.mark.django_db(transaction=True)
def test_stored_message_is_answered_though_publishing_fails(
    owner: User, group: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at shutdown: the reconcilers of other processes tell it."""

    def fail(_: object) -> None:
        raise RuntimeError("the event loop is closed")

    monkeypatch.setattr("messaging.sending.send.publish", fail)
    path = f"/v1/conversations/{group.pk}/messages"
    answer = api(owner).post(path, {"content": "hello"}, format="json")

    assert answer.status_code == 200
    assert Message.objects.get(conversation=group).body == "hello"
