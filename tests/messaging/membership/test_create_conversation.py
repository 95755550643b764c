"""Beginning a group, a public or a broadcast conversation."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import uuid7
from conversations.models import Conversation, Participant
from messaging.errors import ClientIdTaken
from messaging.membership.create_conversation import Plan, create_conversation
from tests.cast import make_person, say
from tests.messaging.membership.checks import (
    at_once,
    head_of,
    log_of,
    roles_of,
    unread_of,
    visible_to,
)

# Four of them are savepoints of the test's own transaction.
QUERIES = 13


@pytest.fixture
def people(db: None) -> tuple[User, User, User]:
    return make_person("Olga"), make_person("Mia"), make_person("Otto")


def plan(creator: User, *members: User, kind: str = "group", **fields: Any) -> Plan:
    return Plan(
        creator_id=creator.pk,
        kind=kind,
        member_ids=tuple(member.pk for member in members),
        **{"title": "Climbing", **fields},
    )


def test_the_creator_owns_it_and_all_see_it_from_the_first_message(people: Any) -> None:
    olga, mia, _ = people

    opened = create_conversation(plan(olga, mia, topic="on Fridays"))

    assert opened.is_new
    place = opened.conversation_id
    head = head_of(place)
    assert (head.kind, head.title, head.topic) == ("group", "Climbing", "on Fridays")
    assert (head.last_seq, head.last_rev, head.member_rev) == (1, 1, 1)
    assert head.last_message_at is None
    assert roles_of(place) == {"Olga": "owner", "Mia": "member"}
    assert log_of(place) == [{"event": "conversation.created", "by": olga.pk, "seq": 1, "rev": 1}]
    assert visible_to(place, mia) == [1]
    assert unread_of(place, mia) == 0
    say(place, olga)
    assert unread_of(place, mia) == 1


@pytest.mark.parametrize(
    ("kind", "asked", "history"),
    [
        ("group", None, "since_joined"),
        ("public", None, "everything"),
        ("broadcast", None, "everything"),
        ("group", "everything", "everything"),
        ("broadcast", "since_joined", "since_joined"),
    ],
)
def test_the_kind_decides_how_open_the_past_is_unless_said(
    people: Any, kind: str, asked: str | None, history: str
) -> None:
    opened = create_conversation(plan(people[0], kind=kind, history=asked))

    assert head_of(opened.conversation_id).history == history


def test_naming_oneself_is_no_second_membership(people: Any) -> None:
    olga, mia, _ = people

    opened = create_conversation(plan(olga, mia, olga))

    assert roles_of(opened.conversation_id) == {"Olga": "owner", "Mia": "member"}


def test_everybody_in_it_is_told_and_nobody_else(people: Any, listening: Any) -> None:
    olga, mia, _ = people

    with listening() as published:
        place = create_conversation(plan(olga, mia)).conversation_id

    joined = [e for e in published.events if e["type"] == "conversation.joined"]
    here = {"conversationId": str(place), "rev": 1}
    assert joined == [{"type": "conversation.joined", **here}] * 2
    assert set(published.topics) == {f"conversation:{place}", f"user:{olga.pk}", f"user:{mia.pk}"}


def test_who_is_not_there_is_named_and_nothing_is_begun(people: Any) -> None:
    olga, mia, otto = people
    User.objects.filter(pk=otto.pk).update(is_active=False)
    nobody = uuid7()

    with pytest.raises(InvalidInput) as refused:
        create_conversation(
            Plan(olga.pk, "group", "Climbing", member_ids=(mia.pk, nobody, otto.pk))
        )

    assert [error["code"] for error in refused.value.errors] == ["unknown_person"] * 2
    assert all(
        str(missing) in error["detail"]
        for missing, error in zip((nobody, otto.pk), refused.value.errors, strict=True)
    )
    assert not Conversation.objects.exists()


def test_a_retry_finds_what_was_begun(people: Any) -> None:
    olga, mia, _ = people
    wanted = plan(olga, mia, client_id=uuid4())

    first, second = create_conversation(wanted), create_conversation(wanted)

    assert (first.is_new, second.is_new) == (True, False)
    assert first.conversation_id == second.conversation_id
    assert head_of(first.conversation_id).last_seq == 1


def test_a_retry_is_safe_even_after_all_have_left(people: Any) -> None:
    olga, _, _ = people
    wanted = plan(olga, client_id=uuid4())
    place = create_conversation(wanted).conversation_id
    Participant.objects.filter(conversation=place).delete()
    Conversation.objects.filter(pk=place).update(member_count=0)

    assert not create_conversation(wanted).is_new
    assert roles_of(place) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Rowing"},
        {"topic": "other"},
        {"kind": "public"},
        {"history": "everything"},
        {"member_ids": ()},
    ],
)
def test_a_client_id_stands_for_one_plan(people: Any, change: dict[str, Any]) -> None:
    wanted = plan(*people[:2], client_id=uuid4())
    create_conversation(wanted)

    with pytest.raises(ClientIdTaken):
        create_conversation(replace(wanted, **change))

    assert Conversation.objects.count() == 1


def test_another_persons_client_id_is_another_conversation(people: Any) -> None:
    olga, mia, _ = people
    client_id = uuid4()

    first = create_conversation(plan(olga, client_id=client_id))
    second = create_conversation(plan(mia, client_id=client_id))

    assert first.conversation_id != second.conversation_id


def test_a_thousand_people_cost_no_more_queries_than_two(
    people: Any, django_assert_num_queries: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = False  # these are counted before, by a query or two
    crowd = User.objects.bulk_create(
        User(name=f"P{n}", email=f"p{n}@crowd.example.org") for n in range(1000)
    )

    with django_assert_num_queries(QUERIES):
        create_conversation(plan(people[0], people[1]))
    with django_assert_num_queries(QUERIES):
        opened = create_conversation(plan(people[0], *crowd))

    assert head_of(opened.conversation_id).member_count == 1001


@pytest.mark.django_db(transaction=True)
def test_twenty_retries_at_once_begin_it_once() -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    wanted = plan(olga, mia, client_id=uuid4())

    opened = at_once(*([lambda: create_conversation(wanted)] * 20))

    assert sum(each.is_new for each in opened) == 1
    assert len({each.conversation_id for each in opened}) == 1
    head = head_of(opened[0].conversation_id)
    assert (head.member_count, head.last_seq) == (2, 1)
