"""Being taken into a conversation by an admin."""

from typing import Any

import pytest

from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import uuid7
from conversations.errors import Banned
from conversations.models import Ban, Participant
from messaging.membership.members import add_people, leave_conversation, remove_person
from tests.cast import make_person, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    head_of,
    is_inside,
    log_of,
    period_of,
    unread_of,
    visible_to,
)


def add(scene: Scene, *people: User) -> list[Participant]:
    ids = [person.pk for person in people]
    return add_people(conversation_id=scene.id, by=scene.admin.pk, user_ids=ids)


def test_who_is_added_sees_from_the_telling_on(scene: Scene, listening: Any) -> None:
    say(scene.conversation, scene.owner, "before")

    with listening() as published:
        (period,) = add(scene, scene.outsider)
    say(scene.conversation, scene.owner, "after")

    assert (period.from_seq, period.last_read_seq, period.role) == (2, 1, "member")
    assert visible_to(scene.id, scene.outsider) == [2, 3]
    assert unread_of(scene.id, scene.outsider) == 1
    assert log_of(scene.id) == [
        {
            "event": "participants.added",
            "userIds": [str(scene.outsider.pk)],
            "by": scene.admin.pk,
            "seq": 2,
            "rev": 2,
        }
    ]
    assert head_of(scene.id).member_rev == 2
    assert published.types == ["message.created", "participant.joined", "conversation.joined"]
    assert {event.get("memberRev", 2) for event in published.events} == {2}
    (shape,) = published.events[1]["participants"]
    assert (shape["userId"], shape["name"], shape["role"]) == (
        str(scene.outsider.pk),
        "Otto",
        "member",
    )
    assert published.topics[2] == f"user:{scene.outsider.pk}"


def test_where_the_past_is_open_it_counts_as_read(db: None) -> None:
    scene = make_scene("broadcast")
    say(scene.conversation, scene.owner, "before")

    (period,) = add(scene, scene.outsider)
    say(scene.conversation, scene.owner, "after")

    assert (period.from_seq, period.last_read_seq) == (1, 1)
    assert visible_to(scene.id, scene.outsider) == [1, 2, 3]
    assert unread_of(scene.id, scene.outsider) == 1


def test_who_is_in_already_just_stays(scene: Scene, listening: Any) -> None:
    before = period_of(scene.id, scene.member)

    with listening() as published:
        periods = add(scene, scene.member, scene.owner)

    assert periods[0].pk == before.pk
    assert published.events == []
    assert head_of(scene.id).last_rev == 0


def test_of_many_the_new_ones_are_told(scene: Scene) -> None:
    other = make_person("Uma")

    periods = add(scene, scene.member, other, scene.outsider)

    assert [p.user_id for p in periods] == [scene.member.pk, other.pk, scene.outsider.pk]
    assert log_of(scene.id)[-1]["userIds"] == [str(other.pk), str(scene.outsider.pk)]
    assert head_of(scene.id).member_count == 6


def test_coming_back_is_a_period_of_its_own(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "1 seen")
    first = period_of(scene.id, scene.member)
    Participant.objects.filter(pk=first.pk).update(state_rev=7)
    remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)
    say(scene.conversation, scene.owner, "3 not seen")

    (second,) = add(scene, scene.member)

    assert second.pk != first.pk
    assert (second.from_seq, second.last_read_seq, second.state_rev) == (4, 3, 7)
    assert visible_to(scene.id, scene.member) == [1, 2, 4]
    assert unread_of(scene.id, scene.member) == 0


def test_one_unknown_person_refuses_all(scene: Scene) -> None:
    closed, nobody = make_person("Cleo", is_active=False), uuid7()

    with pytest.raises(InvalidInput) as refused:
        add_people(
            conversation_id=scene.id,
            by=scene.admin.pk,
            user_ids=[scene.outsider.pk, closed.pk, nobody],
        )

    assert len(refused.value.errors) == 2
    assert not is_inside(scene.id, scene.outsider)
    assert log_of(scene.id) == []


def test_one_banned_person_refuses_all(scene: Scene) -> None:
    other = make_person("Uma")
    Ban.objects.create(conversation=scene.conversation, user=other, banned_by=scene.owner)

    with pytest.raises(Banned) as refused:
        add(scene, scene.outsider, other)

    assert [str(other.pk) in error["detail"] for error in refused.value.errors] == [True]
    assert not is_inside(scene.id, scene.outsider)


def test_of_a_crowd_only_the_number_is_told_live(scene: Scene, listening: Any) -> None:
    crowd = [make_person(f"P{n}") for n in range(101)]

    with listening() as published:
        add(scene, *crowd)

    changed = [event for event in published.events if event["type"] == "participants.changed"]
    assert [event["memberCount"] for event in changed] == [105]
    assert "participant.joined" not in published.types
    assert published.types.count("conversation.joined") == 101


def test_the_cost_does_not_grow_with_the_number(
    scene: Scene, django_assert_num_queries: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = False  # the limit is counted before, by a query or two
    crowd = [make_person(f"P{n}") for n in range(60)]

    with django_assert_num_queries(14):
        add(scene, crowd[0])
    with django_assert_num_queries(14):
        add(scene, *crowd[1:])


def test_who_left_can_be_added_again(scene: Scene) -> None:
    leave_conversation(conversation_id=scene.id, user_id=scene.member.pk)

    add(scene, scene.member)

    assert is_inside(scene.id, scene.member)
