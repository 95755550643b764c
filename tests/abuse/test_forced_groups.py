"""Groups that are forced on somebody: by a person whom they block, or by the thousand."""

from typing import Any

import pytest

from accounts.models import Block, User
from conversations.models import Conversation, Participant
from tests.cast import api, make_conversation, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_person("Owner")


@pytest.fixture
def blocker(owner: User) -> User:
    person = make_person("Blocker")
    Block.objects.create(blocker=person, blocked=owner)
    return person


def begin_group(owner: User, *others: User) -> Any:
    body = {"name": "Ours", "isGroup": True, "memberIds": [str(other.pk) for other in others]}
    return api(owner).post("/v1/conversations", body, format="json")


def test_nobody_begins_a_group_with_who_blocks_them(owner: User, blocker: User) -> None:
    answer = begin_group(owner, make_person("Member"), blocker)
    assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    assert not Conversation.objects.exists()


def test_nobody_adds_who_blocks_them(owner: User, blocker: User) -> None:
    group = make_conversation(owner)
    body = {"memberIds": [str(blocker.pk)]}
    answer = api(owner).post(f"/v1/conversations/{group.pk}/participants", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    assert not Participant.objects.filter(user=blocker).exists()


def test_others_may_be_with_them_in_a_group(owner: User, blocker: User) -> None:
    third = make_person("Third")
    assert begin_group(third, owner, blocker).status_code == 201


def test_so_many_conversations_an_hour_and_not_one_more(owner: User, settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.CONVERSATIONS_PER_HOUR = 3
    member = make_person("Member")
    answers = [begin_group(owner, member).status_code for _ in range(5)]
    assert answers == [201] * 3 + [429] * 2
    assert Conversation.objects.count() == 3
    assert begin_group(member, owner).status_code == 201


def test_so_many_people_an_hour(owner: User, settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.PEOPLE_ADDED_PER_HOUR = 3
    people = [make_person(f"P{n}") for n in range(4)]
    assert begin_group(owner, *people).status_code == 429
    assert begin_group(owner, *people[:1]).status_code == 429  # what was refused counts too
    assert not Conversation.objects.exists()
