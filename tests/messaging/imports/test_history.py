"""A past is written only where nobody else writes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from conversations.models import Conversation, Participant
from messaging.imports.history import (
    ImportedMessage,
    LogChanged,
    Period,
    admit_members,
    append_history,
)
from messaging.models import Message
from tests.cast import make_conversation, make_person, say

pytestmark = pytest.mark.django_db
THEN = datetime(2020, 1, 1, tzinfo=UTC)


def past(seq: int, **fields: object) -> ImportedMessage:
    at = THEN + timedelta(seconds=seq)
    made = {"client_id": uuid4(), "sender_id": None, "created_at": at, "body": f"message {seq}"}
    return ImportedMessage(seq=seq, **(made | fields))  # type: ignore[arg-type]


def test_rows_follow_on_the_head() -> None:
    head = Conversation.objects.create(kind="group")
    append_history(head.pk, [past(1), past(2)])
    append_history(head.pk, [past(3, kind="system", body="", meta={"event": "participant.left"})])
    head.refresh_from_db()
    assert (head.last_seq, head.last_rev) == (3, 3)
    assert head.last_at == THEN + timedelta(seconds=3)
    assert head.last_message_at == THEN + timedelta(seconds=2)


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_log_that_has_moved_is_left_alone(seq: int) -> None:
    head = Conversation.objects.create(kind="group")
    append_history(head.pk, [past(1), past(2)])
    with pytest.raises(LogChanged):
        append_history(head.pk, [past(seq)])
    assert Message.objects.filter(conversation=head).count() == 2


def test_people_are_let_in_once() -> None:
    owner = make_person("Ann")
    head = make_conversation(owner)
    with pytest.raises(LogChanged):
        admit_members(head.pk, [Period(owner.pk, THEN)])
    assert Participant.objects.get().joined_at != THEN


def test_people_who_were_let_in_go_on_talking() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    head = Conversation.objects.create(kind="group")
    append_history(head.pk, [past(1, sender_id=ann.pk)])
    admit_members(
        head.pk, [Period(ann.pk, THEN, role="owner"), Period(bob.pk, THEN, last_read_seq=0)]
    )
    row = say(head, bob)
    assert (row["seq"], row["rev"]) == (2, 2)
    assert row["created_at"] > THEN + timedelta(seconds=1)
    assert Participant.objects.get(user=ann).last_read_seq == 1
    assert Participant.objects.get(user=bob).last_read_seq == 0
