"""Drafts that are stored stepwise: each sees what those before it in the batch have changed."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import User
from attachments.models import Attachment
from chatproject.core.db.pipeline import Statement, Trips, run
from conversations.errors import SlowMode
from conversations.models import Conversation
from messaging.errors import AttachmentNotFound, WordRefused
from messaging.models import Message
from messaging.moderation import word_filters
from messaging.moderation.models import LastPost, WordFilter
from messaging.sending import stepwise_statements
from messaging.sending.drafts import Draft
from messaging.sending.results import SendStatus
from messaging.sending.send import send_message, send_messages
from messaging.sending.store import Batch
from messaging.sending.transaction import SAVEPOINT
from tests.cast import make_conversation, make_direct, make_person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_person("Olga")


@pytest.fixture
def member() -> User:
    return make_person("Mina")


@pytest.fixture
def group(owner: User, member: User) -> Conversation:
    return make_conversation(owner, member)


def draft(place: Conversation, sender: User, content: str = "x", **fields: Any) -> Draft:
    return Draft(place.pk, sender.pk, uuid4(), content, **fields)


def upload(person: User, content_type: str = "text/plain") -> Attachment:
    return Attachment.objects.create(
        uploader=person, name="a", content_type=content_type, size=1, state="ready"
    )


def seqs(results: Sequence[Any]) -> list[int | None]:
    return [result.row and result.row["seq"] for result in results]


def test_all_kinds_of_drafts_of_a_conversation_keep_their_order(
    group: Conversation, owner: User, member: User
) -> None:
    say(group, owner, "root")
    drafts = [
        draft(group, owner, "plain"),
        draft(group, member, "reply", reply_to_seq=1),
        draft(group, owner, f"<@{member.pk}> mention"),
        draft(group, member, "file", attachment_ids=(upload(member).pk,)),
        draft(group, owner, "plain again"),
    ]
    assert seqs(send_messages(drafts)) == [2, 3, 4, 5, 6]
    stored = Message.objects.filter(conversation=group, seq__gt=1).order_by("seq")
    assert [message.body for message in stored] == [each.body for each in drafts]
    times = [message.created_at for message in stored]
    assert times == sorted(set(times))


def test_plain_texts_of_other_conversations_are_stored_beside_them(
    group: Conversation, owner: User
) -> None:
    other = make_conversation(owner)
    results = send_messages([draft(group, owner, "@all"), draft(other, owner), draft(group, owner)])
    assert seqs(results) == [1, 1, 2]


def test_of_two_drafts_with_one_attachment_the_first_gets_it(
    group: Conversation, owner: User
) -> None:
    file = upload(owner)
    drafts = [draft(group, owner, text, attachment_ids=(file.pk,)) for text in ("one", "two")]
    first, second = send_messages(drafts)
    assert first.row is not None
    assert first.row["kind"] == "file"
    assert isinstance(second.refusal, AttachmentNotFound)
    file.refresh_from_db()
    assert (file.conversation_id, file.seq, file.expires_at) == (group.pk, 1, None)


def test_somebody_elses_attachment_is_refused(
    group: Conversation, owner: User, member: User
) -> None:
    theirs = draft(group, member, attachment_ids=(upload(member).pk,))
    mine = draft(group, owner, attachment_ids=theirs.attachment_ids)
    refused, stored = send_messages([mine, theirs])
    assert isinstance(refused.refusal, AttachmentNotFound)
    assert stored.status is SendStatus.STORED


def test_attachments_keep_their_order_and_pictures_alone_make_a_picture(
    group: Conversation, owner: User
) -> None:
    files = [upload(owner, "image/png") for _ in range(3)]
    ids = tuple(file.pk for file in reversed(files))
    result = send_message(draft(group, owner, "", attachment_ids=ids))
    assert result.row is not None
    assert result.row["kind"] == "image"
    assert [each["id"] for each in result.as_json()["attachments"]] == list(map(str, ids))
    positions = Attachment.objects.order_by("position").values_list("pk", flat=True)
    assert tuple(positions) == ids


def test_slow_mode_counts_only_what_was_stored(group: Conversation, member: User) -> None:
    Conversation.objects.filter(pk=group.pk).update(slow_seconds=60)
    WordFilter.objects.create(word="spam")
    texts = ("spam", "fine", "too soon")
    first, second, third = send_messages([draft(group, member, text) for text in texts])
    assert isinstance(first.refusal, WordRefused)
    assert second.status is SendStatus.STORED
    assert isinstance(third.refusal, SlowMode)
    assert LastPost.objects.get().at == second.row["created_at"]  # type: ignore[index]


def test_drafts_are_judged_by_the_word_filters_of_now(group: Conversation, owner: User) -> None:
    word = WordFilter.objects.create(word="spam")
    filters = word_filters.held()
    (refused,) = send_messages([draft(group, owner, "@all spam")])
    assert isinstance(refused.refusal, WordRefused)
    assert word_filters.held().revision not in (None, filters.revision)
    word.delete()
    (stored,) = send_messages([draft(group, owner, "@all spam")])
    assert stored.status is SendStatus.STORED


def test_the_answer_needs_no_query_for_the_row(
    group: Conversation, owner: User, django_assert_num_queries: Any
) -> None:
    say(group, owner)
    with django_assert_num_queries(0):
        answer = send_message(draft(group, owner, "reply", reply_to_seq=1)).as_json()
    assert (answer["seq"], answer["replyToSeq"], answer["mine"]) == (2, 1, True)
    assert (answer["status"], answer["myReactions"]) == ("sent", [])


# -- trips and statements


def trips_of(drafts: list[Draft]) -> list[list[Statement]]:
    """The statements of each round trip in which the drafts are stored."""
    made: list[list[Statement]] = []

    def recorded(trips: Trips[Any]) -> Trips[Any]:
        steps = next(trips)
        while True:
            made.append([step.statement for step in steps])
            answers = yield steps
            try:
                steps = trips.send(answers)
            except StopIteration as done:
                return done.value

    batch = Batch(drafts)
    while (part := batch.next_part()) is not None:
        results = run(connection.connection, recorded(part(wait=False, bounds=SAVEPOINT)))
        assert {result.status for result in results.values()} == {SendStatus.STORED}
    return made


def test_plain_texts_take_one_trip_and_others_two(
    group: Conversation, owner: User, member: User
) -> None:
    say(group, owner)
    assert len(trips_of([draft(group, owner)])) == 1
    assert len(trips_of([draft(group, owner, reply_to_seq=1)])) == 2
    many = [draft(group, sender, "@all") for sender in (owner, member) for _ in range(10)]
    assert len(trips_of(many)) == 2


def test_a_direct_conversation_takes_two_more_for_its_people_and_blocks(
    owner: User, member: User
) -> None:
    assert len(trips_of([draft(make_direct(owner, member), owner, "@all")])) == 4
    assert len(trips_of([draft(make_direct(owner, owner), owner, "@all")])) == 3


STATEMENTS = {
    name: value.sql.decode()
    for name, value in vars(stepwise_statements).items()
    if isinstance(value, Statement)
}
OF_CONVERSATIONS = re.compile(r"conversations_\w+|messaging_(?:message|mention|lastpost|report)\b")


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_about_one_table_and_names_its_conversations(name: str) -> None:
    sql = STATEMENTS[name]
    tables = set(re.findall(r"\b(?:conversations|messaging|accounts|attachments)_\w+", sql))
    assert len(tables) == 1
    if OF_CONVERSATIONS.search(sql) and "INSERT" not in sql:
        assert re.search(r"\b(?:conversation_)?id = (?:ANY\(\$1|d\.(?:conversation_)?id)", sql)
    if OF_CONVERSATIONS.search(sql) and "INSERT" in sql:
        assert "conversation_id" in sql
