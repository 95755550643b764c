"""A direct conversation is of two people, or of one with oneself, and exists once."""

import pytest

from accounts.models import Block, User
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import direct_conversation_id, uuid7
from conversations.errors import Blocked
from conversations.models import Conversation
from messaging.membership.create_conversation import open_direct
from tests.cast import make_direct, make_person, say
from tests.messaging.membership.checks import at_once, events_of, head_of, roles_of, visible_to


@pytest.fixture
def pair(db: None) -> tuple[User, User]:
    return make_person("Ann"), make_person("Bob")


def test_its_id_follows_from_the_two_whoever_asks(pair: tuple[User, User]) -> None:
    ann, bob = pair

    first = open_direct(user_id=ann.pk, other_id=bob.pk)
    second = open_direct(user_id=bob.pk, other_id=ann.pk)

    assert first.conversation_id == direct_conversation_id(ann.pk, bob.pk)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.conversation_id == first.conversation_id
    assert roles_of(first.conversation_id) == {"Ann": "member", "Bob": "member"}
    assert Conversation.objects.count() == 1


def test_its_log_begins_with_the_first_message(pair: tuple[User, User]) -> None:
    ann, bob = pair
    place = open_direct(user_id=ann.pk, other_id=bob.pk).conversation_id

    sent = say(place, bob, "hi")

    assert (sent["seq"], sent["rev"]) == (1, 1)
    assert events_of(place) == []
    assert visible_to(place, ann) == [1]


def test_with_oneself_it_has_one_person(pair: tuple[User, User]) -> None:
    ann, _ = pair

    opened = open_direct(user_id=ann.pk, other_id=ann.pk)

    assert opened.is_new
    assert head_of(opened.conversation_id).member_count == 1
    assert not open_direct(user_id=ann.pk, other_id=ann.pk).is_new
    say(opened.conversation_id, ann, "a note")


def test_both_are_told_on_all_their_devices(pair: tuple[User, User], listening) -> None:  # type: ignore[no-untyped-def]
    ann, bob = pair

    with listening() as published:
        place = open_direct(user_id=ann.pk, other_id=bob.pk).conversation_id

    assert set(published.topics) == {f"user:{ann.pk}", f"user:{bob.pk}"}
    here = {"conversationId": str(place), "rev": 0}
    assert published.events == [{"type": "conversation.joined", **here}] * 2
    with listening() as published:
        open_direct(user_id=ann.pk, other_id=bob.pk)
    assert published.events == []


@pytest.mark.parametrize("blocker", [0, 1])
def test_a_block_by_either_keeps_it_from_beginning(pair: tuple[User, User], blocker: int) -> None:
    ann, bob = pair
    Block.objects.create(blocker=pair[blocker], blocked=pair[1 - blocker])

    with pytest.raises(Blocked):
        open_direct(user_id=ann.pk, other_id=bob.pk)

    assert not Conversation.objects.exists()


def test_one_that_is_there_is_found_in_spite_of_a_block(pair: tuple[User, User]) -> None:
    ann, bob = pair
    there = make_direct(ann, bob)
    Block.objects.create(blocker=bob, blocked=ann)

    opened = open_direct(user_id=ann.pk, other_id=bob.pk)

    assert (opened.conversation_id, opened.is_new) == (there.pk, False)


def test_there_has_to_be_such_a_person(pair: tuple[User, User]) -> None:
    ann, bob = pair
    User.objects.filter(pk=bob.pk).update(is_active=False)

    for nobody in (uuid7(), bob.pk):
        with pytest.raises(InvalidInput) as refused:
            open_direct(user_id=ann.pk, other_id=nobody)
        assert refused.value.errors[0]["field"] == "memberIds"
        assert str(nobody) in refused.value.errors[0]["detail"]
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_open_the_same_one() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    sides = [(ann.pk, bob.pk), (bob.pk, ann.pk)] * 10

    opened = at_once(
        *(
            lambda one=one, other=other: open_direct(user_id=one, other_id=other)
            for one, other in sides
        )
    )

    assert {each.conversation_id for each in opened} == {direct_conversation_id(ann.pk, bob.pk)}
    assert sum(each.is_new for each in opened) == 1
    assert roles_of(opened[0].conversation_id) == {"Ann": "member", "Bob": "member"}
