"""Joining, leaving, being removed, and coming back."""

from typing import Any

import pytest

from chatproject.core.errors import InvalidInput
from conversations.errors import Banned, ConversationNotFound, JoinNotAllowed
from conversations.models import Ban
from messaging.membership.change_conversation import change_conversation
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.models import Message
from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    events_of,
    head_of,
    is_inside,
    last_period_of,
    log_of,
    period_of,
    roles_of,
    unread_of,
    visible_to,
)


@pytest.fixture
def public(db: None) -> Scene:
    return make_scene("public")


def join(scene: Scene, person: Any) -> None:
    join_conversation(conversation_id=scene.id, user_id=person.pk)


def leave(scene: Scene, person: Any) -> None:
    leave_conversation(conversation_id=scene.id, user_id=person.pk)


def remove(scene: Scene, person: Any) -> None:
    remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=person.pk)


def test_anybody_joins_a_public_conversation(public: Scene, listening: Any) -> None:
    say(public.conversation, public.owner, "before")

    with listening() as published:
        join(public, public.outsider)

    period = period_of(public.id, public.outsider)
    assert (period.from_seq, period.last_read_seq, period.role) == (1, 1, "member")
    assert log_of(public.id) == [
        {"event": "participant.joined", "by": public.outsider.pk, "seq": 2, "rev": 2}
    ]
    assert published.types == ["message.created", "participant.joined", "conversation.joined"]
    assert unread_of(public.id, public.outsider) == 0
    assert head_of(public.id).member_count == 5


def test_joining_again_changes_nothing(public: Scene, listening: Any) -> None:
    with listening() as published:
        join(public, public.member)

    assert published.events == []
    assert head_of(public.id).last_rev == 0


def test_a_ban_keeps_the_door_closed(public: Scene) -> None:
    for person in (public.outsider, public.leaver):
        Ban.objects.create(conversation=public.conversation, user=person, banned_by=public.owner)
    leave(public, public.leaver)

    with pytest.raises(Banned):
        join(public, public.leaver)
    with pytest.raises(ConversationNotFound):
        join(public, public.outsider)

    assert head_of(public.id).member_count == 3


def test_who_leaves_sees_the_telling_and_nothing_after(scene: Scene, listening: Any) -> None:
    say(scene.conversation, scene.owner, "seen")

    with listening() as published:
        leave(scene, scene.member)
    say(scene.conversation, scene.owner, "not seen")

    period = last_period_of(scene.id, scene.member)
    farewell = Message.objects.get(conversation=scene.id, seq=2)
    assert (period.to_seq, period.to_rev, period.removed_by_id) == (2, 2, None)
    assert period.left_at == farewell.created_at
    assert visible_to(scene.id, scene.member) == [1, 2]
    assert log_of(scene.id) == [
        {"event": "participant.left", "by": scene.member.pk, "seq": 2, "rev": 2}
    ]
    assert published.types == ["message.created", "participant.left", "conversation.left"]
    assert published.events[1]["userIds"] == [str(scene.member.pk)]
    assert published.events[2] == {
        "type": "conversation.left",
        "conversationId": str(scene.id),
        "toSeq": 2,
    }
    assert published.topics[2] == f"user:{scene.member.pk}"
    assert head_of(scene.id).member_rev == 2


def test_leaving_again_changes_nothing(scene: Scene, listening: Any) -> None:
    leave(scene, scene.member)
    before = last_period_of(scene.id, scene.member)

    with listening() as published:
        leave(scene, scene.member)

    assert published.events == []
    assert last_period_of(scene.id, scene.member).to_seq == before.to_seq


def test_who_is_removed_is_told_and_it_is_kept_by_whom(scene: Scene, listening: Any) -> None:
    with listening() as published:
        remove_person(conversation_id=scene.id, by=scene.admin.pk, user_id=scene.member.pk)

    assert not is_inside(scene.id, scene.member)
    assert last_period_of(scene.id, scene.member).removed_by_id == scene.admin.pk
    assert log_of(scene.id) == [
        {
            "event": "participant.removed",
            "userId": str(scene.member.pk),
            "by": scene.admin.pk,
            "seq": 1,
            "rev": 1,
        }
    ]
    assert published.types == ["message.created", "participant.left", "conversation.left"]


def test_removing_oneself_is_leaving(scene: Scene) -> None:
    remove_person(conversation_id=scene.id, by=scene.member.pk, user_id=scene.member.pk)

    assert events_of(scene.id) == ["participant.left"]
    assert last_period_of(scene.id, scene.member).removed_by_id is None


@pytest.mark.parametrize("kind", ["group", "broadcast"])
def test_who_left_freely_comes_back(db: None, kind: str) -> None:
    scene = make_scene(kind)
    leave(scene, scene.member)

    join(scene, scene.member)

    assert roles_of(scene.id)["Mia"] == "member"


def test_an_admin_comes_back_as_a_member(scene: Scene) -> None:
    leave(scene, scene.admin)
    join(scene, scene.admin)

    assert roles_of(scene.id)["Adam"] == "member"


def test_the_gap_stays_closed_where_the_past_is_closed(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "1")
    leave(scene, scene.member)
    say(scene.conversation, scene.owner, "3, unseen")
    join(scene, scene.member)
    say(scene.conversation, scene.owner, "5")

    assert visible_to(scene.id, scene.member) == [1, 2, 4, 5]
    assert unread_of(scene.id, scene.member) == 1


def test_who_comes_back_sees_what_a_newcomer_sees(db: None) -> None:
    scene = make_scene("broadcast")
    say(scene.conversation, scene.owner, "1")
    leave(scene, scene.member)
    say(scene.conversation, scene.owner, "3")
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, history="since_joined")
    say(scene.conversation, scene.owner, "5")
    join(scene, scene.member)
    assert visible_to(scene.id, scene.member) == [1, 2, 6]

    change_conversation(conversation_id=scene.id, by=scene.owner.pk, history="everything")
    leave(scene, scene.member)
    say(scene.conversation, scene.owner, "9")
    join(scene, scene.member)
    assert visible_to(scene.id, scene.member) == [1, 2, 6, 7, 8, 9, 10]
    assert unread_of(scene.id, scene.member) == 0


def test_who_was_removed_from_a_public_one_may_come_back(public: Scene) -> None:
    remove(public, public.member)

    join(public, public.member)

    assert is_inside(public.id, public.member)


def test_being_added_and_leaving_freely_opens_the_door_again(scene: Scene) -> None:
    remove(scene, scene.member)
    with pytest.raises(JoinNotAllowed):
        join(scene, scene.member)
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.member.pk])
    leave(scene, scene.member)

    join(scene, scene.member)

    assert is_inside(scene.id, scene.member)


def test_a_closed_account_joins_nothing(public: Scene) -> None:
    public.outsider.is_active = False
    public.outsider.save()

    with pytest.raises(InvalidInput):
        join(public, public.outsider)

    assert not is_inside(public.id, public.outsider)


def test_joining_and_leaving_cost_a_fixed_number_of_queries(
    public: Scene, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(11):
        join(public, public.outsider)
    with django_assert_num_queries(8):
        leave(public, public.outsider)
