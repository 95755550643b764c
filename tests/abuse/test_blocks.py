"""Between two of whom one blocks the other nothing more is told: receipts, typing, presence."""

from typing import Any

import pytest

from accounts.models import User
from accounts.people.blocks import block_person, unblock_person
from conversations.errors import Blocked
from conversations.models import Conversation, Participant
from conversations.presence import visible_presence
from conversations.typing import is_typing_shown
from messaging.actions import receipts
from messaging.actions.receipts import Advance, mark_all, mark_delivered, mark_read
from messaging.models import Receipt
from tests.cast import api, make_conversation, make_direct, make_person, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the events that moving a pointer publishes."""
    names: list[str] = []
    own, others = receipts.state_changed, receipts.beside_log

    def of_own(*args: Any, **fields: Any) -> Any:
        names.append("state.changed")
        return own(*args, **fields)

    def of_others(*args: Any, **fields: Any) -> Any:
        names.append(args[1])
        return others(*args, **fields)

    monkeypatch.setattr(receipts, "state_changed", of_own)
    monkeypatch.setattr(receipts, "beside_log", of_others)
    return names


@pytest.fixture(params=["the reader blocks", "the sender blocks"])
def direct(request: pytest.FixtureRequest) -> tuple[User, User, Conversation]:
    """A sender, a reader who has read the first of two messages, and then a block."""
    sender, reader = make_person("Sender"), make_person("Reader")
    conversation = make_direct(sender, reader)
    say(conversation, sender, "first")
    mark_read(conversation_id=conversation.pk, user_id=reader.pk, seq=1)
    say(conversation, sender, "second")
    blocker, blocked = (
        (reader, sender) if request.param == "the reader blocks" else (sender, reader)
    )
    block_person(blocker_id=blocker.pk, person_id=blocked.pk)
    return sender, reader, conversation


def statuses(viewer: User, conversation: Conversation) -> list[str | None]:
    answer = api(viewer).get(f"/v1/conversations/{conversation.pk}/messages").json()
    return [message["status"] for message in answer["results"]]


def readers(viewer: User, conversation: Conversation, seq: int) -> list[tuple[bool, bool]]:
    path = f"/v1/conversations/{conversation.pk}/messages/{seq}/receipts"
    return [(it["delivered"], it["read"]) for it in api(viewer).get(path).json()["results"]]


Direct = tuple[User, User, Conversation]


def test_a_receipt_is_told_to_nobody_and_not_kept(direct: Direct, told: list[str]) -> None:
    sender, reader, conversation = direct
    mark_delivered(conversation_id=conversation.pk, user_id=reader.pk, seq=2)
    mark_read(conversation_id=conversation.pk, user_id=reader.pk, seq=2)
    assert told == ["state.changed", "state.changed"]  # the reader's own devices
    assert Participant.objects.get(conversation=conversation, user=reader).last_read_seq == 2
    kept = Receipt.objects.filter(conversation=conversation, user=reader)
    assert set(kept.values_list("up_to_seq", flat=True)) == {1}
    assert statuses(sender, conversation) == ["read", "sent"]
    assert readers(sender, conversation, 1) == [(True, True)]
    assert readers(sender, conversation, 2) == [(False, False)]


def test_nor_in_a_batch(direct: Direct, told: list[str]) -> None:
    sender, reader, conversation = direct
    other = make_conversation(sender, reader)
    say(other, sender)
    read = Receipt.Kind.READ
    mark_all([Advance(reader.pk, conversation.pk, read, 2), Advance(reader.pk, other.pk, read, 1)])
    assert sorted(told) == ["receipt.advanced", "state.changed", "state.changed"]
    assert statuses(sender, other) == ["read"]  # both are in a group, where all are told


def test_sync_says_the_same(direct: Direct) -> None:
    sender, reader, conversation = direct
    mark_read(conversation_id=conversation.pk, user_id=reader.pk, seq=2)
    body = {"conversations": {str(conversation.pk): 0}}
    answer = api(sender).post("/v1/sync", body, format="json").json()
    results = answer["conversations"][str(conversation.pk)]["results"]
    assert [message["status"] for message in results] == ["read", "sent"]


def test_without_the_block_it_is_told_again(direct: Direct, told: list[str]) -> None:
    sender, reader, conversation = direct
    mark_read(conversation_id=conversation.pk, user_id=reader.pk, seq=2)
    for one, other in ((sender, reader), (reader, sender)):
        if one.blocks.filter(blocked=other).exists():
            unblock_person(blocker_id=one.pk, person_id=other.pk)
    assert statuses(sender, conversation) == ["read", "read"]
    say(conversation, sender, "third")
    told.clear()
    mark_read(conversation_id=conversation.pk, user_id=reader.pk, seq=3)
    assert told == ["state.changed", "receipt.advanced"]


def test_nobody_is_told_that_the_other_types_or_is_here(direct: Direct) -> None:
    sender, reader, conversation = direct
    for one, other in ((sender, reader), (reader, sender)):
        with pytest.raises(Blocked):
            is_typing_shown(conversation_id=conversation.pk, user_id=one.pk)
        assert visible_presence({one.pk: [other.pk]}) == set()
