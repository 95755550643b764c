"""Of groups the watermarks have a statement of their own: it tells what the one for all tells."""

from datetime import UTC, datetime
from random import Random

import pytest

from accounts.models import User
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Rows
from chatproject.core.db.statements import fetch
from conversations.models import Conversation, Participant
from messaging.models import Receipt
from messaging.reads.watermarks import OF_GROUP, OF_MANY, OF_ONE
from tests.cast import make_conversation, make_direct, make_person

pytestmark = pytest.mark.django_db

LAST_SEQ = 40
AUDIENCES = ("everyone", "everyone", "contacts", "nobody")


def of_one(text: str, conversation: Conversation, viewer: User) -> Rows:
    return fetch(text, {"conversation": conversation.pk, "user": viewer.pk})


def of_many(conversation: Conversation, viewer: User) -> Rows:
    return fetch(OF_MANY, {"ids": [conversation.pk], "user": viewer.pk})


def live_a_little(conversation: Conversation, people: list[User], chance: Random) -> None:
    """Each has read and received something, of which receipts were kept or not, and hides receipts
    or not; some have left."""
    for person in people:
        User.objects.filter(pk=person.pk).update(receipts_for=chance.choice(AUDIENCES))
        pointers = {kind: chance.randint(0, LAST_SEQ) for kind in ("read", "delivered")}
        period = Participant.objects.filter(conversation=conversation, user=person)
        period.update(**{f"last_{kind}_seq": seq for kind, seq in pointers.items()})
        if chance.random() < 0.2:
            period.update(left_at=datetime.now(UTC), to_seq=LAST_SEQ, to_rev=LAST_SEQ)
        Receipt.objects.bulk_create(
            Receipt(
                conversation=conversation,
                user=person,
                kind=kind,
                from_seq=0,
                up_to_seq=up_to,
                at=datetime.now(UTC),
            )
            for kind, seq in pointers.items()
            for up_to in chance.sample(range(1, seq + 1), min(seq, chance.randint(0, 2)))
        )


@pytest.mark.parametrize("seed", range(12))
def test_of_a_group_both_statements_tell_the_same(seed: int) -> None:
    chance = Random(seed)
    owner, outsider = make_person("Olga"), make_person("Otto")
    members = [make_person(f"Mia {n}") for n in range(chance.randint(0, 7))]
    kind = chance.choice(("group", "public", "broadcast"))
    group = make_conversation(owner, *members, kind=kind)
    live_a_little(group, [owner, *members], chance)

    for viewer in (owner, *members, outsider):
        found = of_one(OF_GROUP, group, viewer)
        assert found == of_one(OF_ONE, group, viewer)
        if not is_distributed():  # which takes a statement of its own for each shard
            assert found == of_many(group, viewer)


def test_what_those_who_hide_receipts_have_read_counts_as_it_was_last_told() -> None:
    owner, member, outsider = make_person("Olga"), make_person("Mia"), make_person("Otto")
    group = make_conversation(owner, member)
    everybody = Participant.objects.filter(conversation=group)
    everybody.update(last_read_seq=9, last_delivered_seq=12)
    assert of_one(OF_GROUP, group, owner) == [(group.pk, 12, 9)]

    member.receipts_for = "nobody"
    member.save()
    assert of_one(OF_GROUP, group, owner) == [(group.pk, 0, 0)]
    at = datetime.now(UTC)
    Receipt.objects.create(
        conversation=group, user=member, kind="read", from_seq=0, up_to_seq=4, at=at
    )
    assert of_one(OF_GROUP, group, owner) == [(group.pk, 4, 4)]
    assert of_one(OF_GROUP, group, outsider) == [(group.pk, 4, 4)]  # whom `_is_shown` excludes
    assert of_one(OF_GROUP, group, member) == [(group.pk, 0, 0)]  # hides them, and is shown none

    everybody.filter(user=member).update(left_at=at, to_seq=12, to_rev=12)
    assert of_one(OF_GROUP, group, owner) == []


def test_of_a_direct_conversation_the_one_for_groups_tells_nothing() -> None:
    owner, member = make_person("Olga"), make_person("Mia")
    direct = make_direct(owner, member)
    assert of_one(OF_ONE, direct, owner) == [(direct.pk, 0, 0)]
    assert of_one(OF_GROUP, direct, owner) == []
