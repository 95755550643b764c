"""Read and delivered: pointers only go forward, and each step leaves a receipt of its range."""

from typing import Any
from uuid import uuid4

import pytest

from chatproject.realtime.bus import conversation_topic, user_topic
from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.models import LARGE_CONVERSATION, Conversation, Participant
from messaging.actions.receipts import Advance, advance_pointers, mark_delivered, mark_read
from messaging.models import Receipt
from tests.cast import leave, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

READ, DELIVERED = Receipt.Kind.READ, Receipt.Kind.DELIVERED


def read(scene: Scene, user: Any, seq: int) -> dict[str, Any]:
    return mark_read(conversation_id=scene.id, user_id=user.pk, seq=seq)


def deliver(scene: Scene, user: Any, seq: int) -> dict[str, Any]:
    return mark_delivered(conversation_id=scene.id, user_id=user.pk, seq=seq)


BOTH = pytest.mark.parametrize("act", [read, deliver])


def period(scene: Scene, user: Any) -> Participant:
    return Participant.objects.open().get(conversation=scene.conversation, user=user)


def receipts(scene: Scene, user: Any) -> set[tuple[str, int, int]]:
    rows = Receipt.objects.filter(conversation=scene.conversation, user=user)
    return set(rows.values_list("kind", "from_seq", "up_to_seq"))


@pytest.fixture
def told_ten(scene: Scene) -> Scene:
    """A scene with ten messages by the owner."""
    for number in range(10):
        say(scene.conversation, scene.owner, f"message {number}")
    return scene


def test_reading_moves_both_pointers_and_leaves_their_ranges(told_ten: Scene) -> None:
    answer = read(told_ten, told_ten.member, 4)

    assert answer == {
        "conversationId": str(told_ten.id),
        "lastReadSeq": 4,
        "lastDeliveredSeq": 4,
        "unreadMark": False,
        "stateRev": 1,
    }
    mine = period(told_ten, told_ten.member)
    assert (mine.last_read_seq, mine.last_delivered_seq, mine.state_rev) == (4, 4, 1)
    assert mine.last_read_at is not None
    assert receipts(told_ten, told_ten.member) == {(READ, 0, 4), (DELIVERED, 0, 4)}


def test_ranges_meet_and_do_not_overlap(told_ten: Scene) -> None:
    deliver(told_ten, told_ten.member, 3)
    read(told_ten, told_ten.member, 2)
    read(told_ten, told_ten.member, 7)

    assert receipts(told_ten, told_ten.member) == {
        (DELIVERED, 0, 3),
        (READ, 0, 2),
        (READ, 2, 7),
        (DELIVERED, 3, 7),
    }


def test_delivery_does_not_move_the_read_pointer(told_ten: Scene) -> None:
    answer = deliver(told_ten, told_ten.member, 5)

    assert (answer["lastReadSeq"], answer["lastDeliveredSeq"]) == (0, 5)
    assert period(told_ten, told_ten.member).last_read_at is None


@BOTH
def test_pointers_never_move_back(told_ten: Scene, listening: Any, act: Any) -> None:
    first = read(told_ten, told_ten.member, 6)
    before = receipts(told_ten, told_ten.member)

    with listening() as published:
        assert act(told_ten, told_ten.member, 6) == first
        assert act(told_ten, told_ten.member, 2) == first

    assert published.events == []
    assert receipts(told_ten, told_ten.member) == before
    assert period(told_ten, told_ten.member).state_rev == 1


@BOTH
def test_a_seq_beyond_the_head_counts_as_the_head(told_ten: Scene, act: Any) -> None:
    assert act(told_ten, told_ten.member, 2**62)["lastDeliveredSeq"] == 10


def test_reading_takes_off_the_mark_unread_even_where_nothing_moves(
    told_ten: Scene, listening: Any
) -> None:
    read(told_ten, told_ten.member, 10)
    Participant.objects.filter(user=told_ten.member).update(unread_mark=True)

    with listening() as published:
        deliver(told_ten, told_ten.member, 10)
        answer = read(told_ten, told_ten.member, 10)

    assert answer["unreadMark"] is False
    assert answer["stateRev"] == 2
    assert period(told_ten, told_ten.member).unread_mark is False
    assert published.types == ["state.changed"]


def test_ones_own_devices_and_the_others_are_told(told_ten: Scene, listening: Any) -> None:
    with listening() as published:
        read(told_ten, told_ten.member, 4)
        deliver(told_ten, told_ten.member, 6)

    about = {"conversationId": str(told_ten.id)}
    own = {"type": "state.changed", **about, "unreadMark": False}
    receipt = {"type": "receipt.advanced", **about, "userId": str(told_ten.member.pk)}
    events = published.events
    assert [event.pop("at", None) is not None for event in events] == [False, True, False, True]
    assert events == [
        {**own, "stateRev": 1, "lastReadSeq": 4, "lastDeliveredSeq": 4},
        {**receipt, "kind": "read", "upToSeq": 4},
        {**own, "stateRev": 2, "lastReadSeq": 4, "lastDeliveredSeq": 6},
        {**receipt, "kind": "delivered", "upToSeq": 6},
    ]
    mine, ours = user_topic(told_ten.member.pk), conversation_topic(told_ten.id)
    assert published.topics == [mine, ours, mine, ours]
    assert [publication.seq for publication in published.publications] == [0, 4, 0, 6]


def test_in_a_large_conversation_only_the_pointer_moves(told_ten: Scene, listening: Any) -> None:
    Conversation.objects.filter(pk=told_ten.id).update(member_count=LARGE_CONVERSATION + 1)

    with listening() as published:
        assert read(told_ten, told_ten.member, 4)["lastReadSeq"] == 4

    assert published.types == ["state.changed"]
    assert receipts(told_ten, told_ten.member) == set()


def test_a_receipt_tells_nothing_of_what_was_before_one_joined(told_ten: Scene) -> None:
    Participant.objects.create(
        conversation=told_ten.conversation, user=told_ten.outsider, from_seq=8
    )

    assert read(told_ten, told_ten.outsider, 5)["lastReadSeq"] == 0
    read(told_ten, told_ten.outsider, 9)

    assert receipts(told_ten, told_ten.outsider) == {(READ, 7, 9), (DELIVERED, 7, 9)}


def test_a_receipt_tells_nothing_of_what_was_cleared(told_ten: Scene) -> None:
    Participant.objects.filter(user=told_ten.member).update(cleared_seq=6)

    read(told_ten, told_ten.member, 5)
    read(told_ten, told_ten.member, 9)

    assert receipts(told_ten, told_ten.member) == {(READ, 6, 9), (DELIVERED, 6, 9)}


@BOTH
def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene, act: Any) -> None:
    with pytest.raises(ConversationNotFound):
        act(scene, scene.outsider, 1)
    with pytest.raises(ConversationNotFound):
        mark_read(conversation_id=uuid4(), user_id=scene.owner.pk, seq=1)


@BOTH
def test_a_passing_reader_of_a_public_conversation_has_no_pointer(db: None, act: Any) -> None:
    scene = make_scene("public")

    with pytest.raises(NotAParticipant):
        act(scene, scene.outsider, 1)


@BOTH
def test_the_pointers_of_who_left_stand_still(told_ten: Scene, act: Any) -> None:
    leave(told_ten.conversation, told_ten.leaver)

    with pytest.raises(NotAParticipant):
        act(told_ten, told_ten.leaver, 5)
    assert receipts(told_ten, told_ten.leaver) == set()


def test_who_comes_back_begins_new_ranges(told_ten: Scene) -> None:
    read(told_ten, told_ten.leaver, 10)
    leave(told_ten.conversation, told_ten.leaver)
    Participant.objects.create(conversation=told_ten.conversation, user=told_ten.leaver, from_seq=1)

    deliver(told_ten, told_ten.leaver, 10)
    deliver(told_ten, told_ten.leaver, 11)

    assert period(told_ten, told_ten.leaver).last_delivered_seq == 11
    assert receipts(told_ten, told_ten.leaver) == {
        (READ, 0, 10),
        (DELIVERED, 0, 10),
        (DELIVERED, 10, 11),
    }


def test_a_batch_moves_many_people_in_many_conversations(told_ten: Scene) -> None:
    other = make_conversation(told_ten.owner, told_ten.member)
    for _ in range(3):
        say(other, told_ten.owner)
    here, member, admin = told_ten.id, told_ten.member.pk, told_ten.admin.pk

    answers = advance_pointers(
        [
            Advance(member, here, READ, 3),
            Advance(admin, here, DELIVERED, 5),
            Advance(member, other.pk, DELIVERED, 3),
            Advance(told_ten.outsider.pk, here, READ, 5),
            Advance(member, here, DELIVERED, 8),
            Advance(member, here, READ, 2),
        ]
    )

    stand = [a and (a.last_read_seq, a.last_delivered_seq) for a in answers]
    assert stand == [(3, 8), (0, 5), (0, 3), None, (3, 8), (3, 8)]
    assert receipts(told_ten, told_ten.member) == {(READ, 0, 3), (DELIVERED, 0, 8)}
    assert receipts(told_ten, told_ten.outsider) == set()


def test_a_batch_that_moves_both_kinds_of_one_person_tells_both(
    told_ten: Scene, listening: Any
) -> None:
    member = told_ten.member.pk
    with listening() as published:
        advance_pointers(
            [Advance(member, told_ten.id, DELIVERED, 8), Advance(member, told_ten.id, READ, 3)]
        )

    assert [
        (event["type"], event.get("kind"), event.get("upToSeq")) for event in published.events
    ] == [
        ("state.changed", None, None),
        ("receipt.advanced", "read", 3),
        ("receipt.advanced", "delivered", 8),
    ]


def test_an_empty_batch_asks_nothing(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert advance_pointers([]) == []


def test_one_statement_moves_them_all(told_ten: Scene, django_assert_num_queries: Any) -> None:
    crowd = [make_person(f"Person {number}") for number in range(20)]
    group = make_conversation(told_ten.owner, *crowd)
    for _ in range(3):
        say(group, told_ten.owner)

    with django_assert_num_queries(1):
        answers = advance_pointers([Advance(p.pk, group.pk, READ, 3) for p in crowd])

    assert all(answer and answer.last_read_seq == 3 for answer in answers)
    with django_assert_num_queries(1):
        read(told_ten, told_ten.member, 5)
