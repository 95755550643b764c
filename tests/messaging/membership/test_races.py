"""Two people, or one on two devices, at the same moment: real threads on real connections."""

import pytest

from accounts.people.accounts import close_account
from chatproject.core.errors import InvalidInput
from conversations.errors import NotAParticipant, ParticipantNotFound
from conversations.models import Ban, Participant
from messaging.membership.bans import ban_person
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.membership.roles import change_role
from messaging.models import Message
from tests.cast import make_conversation, make_person, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    at_once,
    events_of,
    head_of,
    is_inside,
    last_period_of,
    roles_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def test_ten_joins_at_once_are_one_period(transactional_db: None) -> None:
    public = make_scene("public")

    answers = at_once(
        *([lambda: join_conversation(conversation_id=public.id, user_id=public.outsider.pk)] * 10)
    )

    assert answers == [None] * 10
    assert Participant.objects.filter(user=public.outsider).count() == 1
    assert events_of(public.id) == ["participant.joined"]
    assert head_of(public.id).member_count == 5


def test_ten_leaves_at_once_are_told_once(scene: Scene) -> None:
    answers = at_once(
        *([lambda: leave_conversation(conversation_id=scene.id, user_id=scene.member.pk)] * 10)
    )

    assert answers == [None] * 10
    assert events_of(scene.id) == ["participant.left"]
    assert head_of(scene.id).member_count == 3


def test_two_admins_add_the_same_people(scene: Scene) -> None:
    crowd = [make_person(f"P{n}").pk for n in range(20)]

    at_once(
        lambda: add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=crowd),
        lambda: add_people(conversation_id=scene.id, by=scene.admin.pk, user_ids=crowd[::-1]),
    )

    assert head_of(scene.id).member_count == 24
    assert events_of(scene.id) == ["participants.added"]


@pytest.mark.parametrize("attempt", range(5))
def test_an_heir_who_leaves_while_inheriting(scene: Scene, attempt: int) -> None:
    hand_over, _ = at_once(
        lambda: change_role(
            conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk, role="owner"
        ),
        lambda: leave_conversation(conversation_id=scene.id, user_id=scene.member.pk),
    )

    assert not is_inside(scene.id, scene.member)
    assert roles_of(scene.id) == {"Olga": "owner", "Adam": "admin", "Leo": "member"}
    # Either nothing was handed over, or the former owner, now the oldest admin, followed.
    came_first = not isinstance(hand_over, ParticipantNotFound)
    assert events_of(scene.id).count("conversation.owner_changed") == (2 if came_first else 0)


@pytest.mark.parametrize("attempt", range(5))
def test_all_who_could_own_it_leave_at_once(scene: Scene, attempt: int) -> None:
    at_once(
        *(
            lambda person=person: leave_conversation(conversation_id=scene.id, user_id=person.pk)
            for person in (scene.owner, scene.admin, scene.leaver)
        )
    )

    assert roles_of(scene.id) == {"Mia": "owner"}


def test_two_owners_step_down_at_once(scene: Scene) -> None:
    Participant.objects.filter(user=scene.admin).update(role="owner")

    at_once(
        lambda: change_role(
            conversation_id=scene.id, by=scene.owner.pk, user_id=scene.owner.pk, role="member"
        ),
        lambda: change_role(
            conversation_id=scene.id, by=scene.admin.pk, user_id=scene.admin.pk, role="member"
        ),
    )

    assert sorted(roles_of(scene.id).values()).count("owner") == 1


@pytest.mark.parametrize("attempt", range(5))
def test_nothing_is_said_after_one_has_been_removed(scene: Scene, attempt: int) -> None:
    answers = at_once(
        *([lambda: say(scene.conversation, scene.member)] * 6),
        lambda: remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk),
    )

    last = last_period_of(scene.id, scene.member).to_seq
    said = Message.objects.filter(conversation=scene.id, sender=scene.member)
    assert all(seq < (last or 0) for seq in said.values_list("seq", flat=True))
    refused = sum(isinstance(answer, NotAParticipant) for answer in answers)
    assert said.count() == 6 - refused
    seqs = Message.objects.filter(conversation=scene.id).order_by("seq")
    assert list(seqs.values_list("seq", flat=True)) == list(range(1, said.count() + 2))


@pytest.mark.parametrize("attempt", range(5))
def test_a_ban_beats_a_join_whichever_is_first(transactional_db: None, attempt: int) -> None:
    public = make_scene("public")

    at_once(
        lambda: join_conversation(conversation_id=public.id, user_id=public.outsider.pk),
        lambda: ban_person(
            conversation_id=public.id, by=public.owner.pk, user_id=public.outsider.pk
        ),
    )

    assert not is_inside(public.id, public.outsider)
    assert Ban.objects.count() == 1
    assert head_of(public.id).member_count == 4


@pytest.mark.parametrize("attempt", range(5))
def test_nobody_is_added_behind_a_closing_account(scene: Scene, attempt: int) -> None:
    other = make_conversation(scene.outsider, scene.owner)

    added, _ = at_once(
        lambda: add_people(
            conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk]
        ),
        lambda: close_account(user=scene.outsider),
    )

    assert roles_of(other) == {"Olga": "owner"}
    assert not is_inside(scene.id, scene.outsider)
    assert isinstance(added, InvalidInput) or events_of(scene.id) == [
        "participants.added",
        "participant.left",
    ]
