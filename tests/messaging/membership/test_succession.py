"""A conversation always has an owner, whoever goes and however."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.events import account_closing
from accounts.models import User
from accounts.people.accounts import close_account
from conversations.errors import ConversationLocked
from conversations.models import Participant
from messaging.membership.members import join_conversation, leave_conversation, remove_person
from tests.cast import make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    events_of,
    head_of,
    is_inside,
    log_of,
    roles_of,
    visible_to,
)


def leave(scene: Scene, person: User) -> None:
    leave_conversation(conversation_id=scene.id, user_id=person.pk)


def close(scene: Scene, person: User) -> None:
    close_account(user=person)


@pytest.mark.parametrize("go", [leave, close])
def test_the_oldest_admin_follows(
    scene: Scene, listening: Any, go: Callable[[Scene, User], None]
) -> None:
    younger = make_person("Ada")
    Participant.objects.create(conversation=scene.conversation, user=younger, role="admin")

    with listening() as published:
        go(scene, scene.owner)

    assert roles_of(scene.id) == {"Adam": "owner", "Ada": "admin", "Mia": "member", "Leo": "member"}
    assert log_of(scene.id)[1] == {
        "event": "conversation.owner_changed",
        "userId": str(scene.admin.pk),
        "by": None,
        "seq": 2,
        "rev": 2,
    }
    assert published.types[-2:] == ["message.created", "participant.updated"]
    assert visible_to(scene.id, scene.owner) == [1]


def test_without_an_admin_the_oldest_member(scene: Scene) -> None:
    leave(scene, scene.admin)
    leave(scene, scene.owner)

    assert roles_of(scene.id) == {"Mia": "owner", "Leo": "member"}


def test_a_closed_account_is_passed_over_while_there_is_another(scene: Scene) -> None:
    User.objects.filter(pk__in=[scene.admin.pk, scene.member.pk]).update(is_active=False)

    leave(scene, scene.owner)

    assert roles_of(scene.id)["Leo"] == "owner"


def test_nobody_follows_while_there_is_another_owner(scene: Scene) -> None:
    Participant.objects.filter(user=scene.member).update(role="owner")

    leave(scene, scene.owner)

    assert events_of(scene.id) == ["participant.left"]
    assert roles_of(scene.id)["Adam"] == "admin"


def test_an_owner_who_is_removed_by_another_owner(scene: Scene) -> None:
    Participant.objects.filter(user=scene.member).update(role="owner")

    remove_person(conversation_id=scene.id, by=scene.member.pk, user_id=scene.owner.pk)

    assert roles_of(scene.id)["Mia"] == "owner"


def test_when_all_have_left_it_is_empty_and_the_first_to_come_back_owns_it(scene: Scene) -> None:
    for person in (scene.owner, scene.admin, scene.member, scene.leaver):
        leave(scene, person)
    assert head_of(scene.id).member_count == 0
    assert events_of(scene.id)[-1] == "participant.left"

    for person in (scene.leaver, scene.owner):
        join_conversation(conversation_id=scene.id, user_id=person.pk)

    assert roles_of(scene.id) == {"Leo": "owner", "Olga": "member"}
    assert events_of(scene.id)[-3:] == [
        "participant.joined",
        "conversation.owner_changed",
        "participant.joined",
    ]


def test_anybody_may_come_to_own_an_empty_public_one(db: None) -> None:
    scene = make_scene("public")
    for person in (scene.owner, scene.admin, scene.member, scene.leaver):
        leave(scene, person)

    join_conversation(conversation_id=scene.id, user_id=scene.outsider.pk)

    assert roles_of(scene.id) == {"Otto": "owner"}


def test_closing_an_account_leaves_everything_but_direct_conversations(scene: Scene) -> None:
    direct = make_direct(scene.owner, scene.member)
    public = make_conversation(scene.member, scene.owner, kind="public")
    left = make_conversation(scene.member, scene.owner)
    leave_conversation(conversation_id=left.pk, user_id=scene.owner.pk)
    say(direct, scene.owner)

    close_account(user=scene.owner)

    assert not is_inside(scene.id, scene.owner)
    assert not is_inside(public, scene.owner)
    assert is_inside(direct, scene.owner)
    assert events_of(left) == ["participant.left"]
    assert {head_of(each).member_count for each in (scene.id, public, left)} == {3, 1}


def test_nobody_writes_to_a_closed_account(scene: Scene) -> None:
    direct = make_direct(scene.owner, scene.member)
    say(direct, scene.owner)
    rev = head_of(direct.pk).last_rev

    close_account(user=scene.owner)

    head = head_of(direct.pk)
    assert head.locked_at is not None
    assert (head.last_seq, head.last_rev) == (1, rev + 1)
    with pytest.raises(ConversationLocked):
        say(direct, scene.member)


def test_an_account_that_stays_open_after_all_has_left_nothing(scene: Scene) -> None:
    def close_and_fail() -> None:
        with transaction.atomic():
            account_closing.send(sender=User, user=scene.owner)
            raise RuntimeError("the closing failed")

    with pytest.raises(RuntimeError):
        close_and_fail()

    assert is_inside(scene.id, scene.owner)
    assert events_of(scene.id) == []
