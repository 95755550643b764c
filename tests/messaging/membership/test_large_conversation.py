"""In a large conversation nobody's coming or going makes a message, and all else is as ever."""

from typing import Any

import pytest

from accounts.models import User
from conversations.models import LARGE_CONVERSATION, Conversation, Participant
from messaging.membership.bans import ban_person
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.membership.roles import change_role
from tests.cast import make_person, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    events_of,
    head_of,
    last_period_of,
    period_of,
    unread_of,
    visible_to,
)


def fill(scene: Scene, size: int) -> Scene:
    """Makes it a conversation of `size` people."""
    missing = size - Participant.objects.open().filter(conversation=scene.id).count()
    crowd = User.objects.bulk_create(
        User(name=f"P{n}", email=f"p{n}@crowd.example.org") for n in range(missing)
    )
    Participant.objects.bulk_create(
        Participant(conversation=scene.conversation, user=person) for person in crowd
    )
    Conversation.objects.filter(pk=scene.id).update(member_count=size)
    return scene


@pytest.fixture
def large(scene: Scene) -> Scene:
    return fill(scene, LARGE_CONVERSATION + 1)


def test_a_newcomer_sees_what_comes_next(large: Scene, listening: Any) -> None:
    say(large.conversation, large.owner, "1")

    with listening() as published:
        add_people(conversation_id=large.id, by=large.owner.pk, user_ids=[large.outsider.pk])
    say(large.conversation, large.owner, "2")

    head = head_of(large.id)
    assert (head.last_seq, head.last_rev, head.member_rev) == (2, 3, 2)
    assert events_of(large.id) == []
    period = period_of(large.id, large.outsider)
    assert (period.from_seq, period.last_read_seq) == (2, 1)
    assert visible_to(large.id, large.outsider) == [2]
    assert unread_of(large.id, large.outsider) == 1
    assert published.types == ["participants.changed", "conversation.joined"]
    assert published.events[0] == {
        "type": "participants.changed",
        "conversationId": str(large.id),
        "rev": 2,
        "memberRev": 2,
        "memberCount": LARGE_CONVERSATION + 2,
    }
    assert (published.publications[0].seq, published.publications[0].rev) == (0, 2)


@pytest.mark.parametrize("how", ["leave", "remove", "ban"])
def test_who_goes_sees_what_was_there(large: Scene, listening: Any, how: str) -> None:
    say(large.conversation, large.owner, "1")
    place: Any = {"conversation_id": large.id}

    with listening() as published:
        if how == "leave":
            leave_conversation(**place, user_id=large.member.pk)
        elif how == "remove":
            remove_person(**place, by=large.admin.pk, user_id=large.member.pk)
        else:
            ban_person(**place, by=large.admin.pk, user_id=large.member.pk)
    say(large.conversation, large.owner, "2")

    period = last_period_of(large.id, large.member)
    assert (period.to_seq, period.to_rev) == (1, 2)
    assert visible_to(large.id, large.member) == [1]
    assert events_of(large.id) == []
    assert published.types == ["participants.changed", "conversation.left"]
    assert head_of(large.id).member_count == LARGE_CONVERSATION


def test_who_owns_it_is_told_all_the_same(large: Scene) -> None:
    change_role(conversation_id=large.id, by=large.owner.pk, user_id=large.member.pk, role="owner")
    leave_conversation(conversation_id=large.id, user_id=large.member.pk)

    assert events_of(large.id) == ["conversation.owner_changed"] * 2


def test_it_becomes_large_with_the_one_who_makes_it_so(scene: Scene) -> None:
    fill(scene, LARGE_CONVERSATION)

    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])
    assert events_of(scene.id) == ["participants.added"]
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[make_person().pk])
    assert events_of(scene.id) == ["participants.added"]


def test_a_public_one_is_joined_without_a_word(db: None) -> None:
    public = fill(make_scene("public"), LARGE_CONVERSATION + 1)
    say(public.conversation, public.owner, "1")

    join_conversation(conversation_id=public.id, user_id=public.outsider.pk)

    assert events_of(public.id) == []
    assert visible_to(public.id, public.outsider) == [1]
    assert unread_of(public.id, public.outsider) == 0
