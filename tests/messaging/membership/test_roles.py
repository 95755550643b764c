"""Giving roles, stepping down, and handing the ownership over."""

from typing import Any

import pytest

from conversations.errors import OwnerNeeded
from conversations.models import Participant
from messaging.membership.roles import change_role
from tests.messaging.actions.scene import Scene
from tests.messaging.membership.checks import head_of, log_of, roles_of


def give(scene: Scene, person: Any, role: str, by: Any = None) -> Participant:
    giver = by or scene.owner
    return change_role(conversation_id=scene.id, by=giver.pk, user_id=person.pk, role=role)


def test_the_owner_makes_an_admin_and_takes_it_back(scene: Scene, listening: Any) -> None:
    with listening() as published:
        period = give(scene, scene.member, "admin")

    assert period.role == "admin"
    assert roles_of(scene.id)["Mia"] == "admin"
    assert log_of(scene.id) == [
        {
            "event": "participant.role_changed",
            "userId": str(scene.member.pk),
            "role": "admin",
            "by": scene.owner.pk,
            "seq": 1,
            "rev": 1,
        }
    ]
    assert published.types == ["message.created", "participant.updated"]
    assert published.events[1]["participants"][0]["role"] == "admin"
    assert (published.events[1]["rev"], published.events[1]["memberRev"]) == (1, 1)
    assert head_of(scene.id).member_rev == 1
    give(scene, scene.member, "member")
    assert roles_of(scene.id)["Mia"] == "member"


def test_the_ownership_goes_to_one_other(scene: Scene, listening: Any) -> None:
    with listening() as published:
        give(scene, scene.member, "owner")

    assert roles_of(scene.id) == {"Olga": "admin", "Adam": "admin", "Mia": "owner", "Leo": "member"}
    assert log_of(scene.id) == [
        {
            "event": "conversation.owner_changed",
            "userId": str(scene.member.pk),
            "by": scene.owner.pk,
            "seq": 1,
            "rev": 1,
        }
    ]
    changed = {p["name"]: p["role"] for p in published.events[1]["participants"]}
    assert changed == {"Mia": "owner", "Olga": "admin"}


@pytest.mark.parametrize(("name", "role"), [("owner", "owner"), ("admin", "admin")])
def test_the_role_that_one_has_changes_nothing(
    scene: Scene, listening: Any, name: str, role: str
) -> None:
    with listening() as published:
        give(scene, getattr(scene, name), role)

    assert published.events == []
    assert head_of(scene.id).last_rev == 0


def test_an_admin_steps_down(scene: Scene) -> None:
    give(scene, scene.admin, "member", by=scene.admin)

    assert roles_of(scene.id)["Adam"] == "member"


@pytest.mark.parametrize("role", ["admin", "member"])
def test_the_last_owner_does_not(scene: Scene, role: str) -> None:
    with pytest.raises(OwnerNeeded):
        give(scene, scene.owner, role)

    assert roles_of(scene.id)["Olga"] == "owner"
    assert log_of(scene.id) == []


def test_one_of_two_owners_may(scene: Scene) -> None:
    Participant.objects.filter(user=scene.member).update(role="owner")

    give(scene, scene.owner, "member")

    assert roles_of(scene.id)["Olga"] == "member"
    assert roles_of(scene.id)["Mia"] == "owner"
