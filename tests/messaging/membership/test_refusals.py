"""Who may do what: every action with everybody in the cast, and nothing is changed by a refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from chatproject.core.errors import Refusal
from conversations.errors import (
    AdminRightMissing,
    ConversationNotFound,
    DirectIsFixed,
    JoinNotAllowed,
    NotAParticipant,
    OwnerRightMissing,
    ParticipantNotFound,
)
from conversations.models import Ban, Conversation, Participant
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.change_conversation import change_conversation, open_history
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.membership.roles import change_role
from messaging.models import Message
from tests.cast import leave, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

Act = Callable[[Scene, Any], Any]

ACTS: dict[str, Act] = {
    "rename": lambda s, by: change_conversation(conversation_id=s.id, by=by, title="New"),
    "topic": lambda s, by: change_conversation(conversation_id=s.id, by=by, topic="New"),
    "elevate": lambda s, by: change_conversation(conversation_id=s.id, by=by, kind="public"),
    "history": lambda s, by: change_conversation(conversation_id=s.id, by=by, history="everything"),
    "open": lambda s, by: open_history(conversation_id=s.id, by=by),
    "add": lambda s, by: add_people(conversation_id=s.id, by=by, user_ids=[s.outsider.pk]),
    "remove member": lambda s, by: remove_person(conversation_id=s.id, by=by, user_id=s.member.pk),
    "remove admin": lambda s, by: remove_person(conversation_id=s.id, by=by, user_id=s.admin.pk),
    "remove owner": lambda s, by: remove_person(conversation_id=s.id, by=by, user_id=s.owner.pk),
    "remove nobody": lambda s, by: remove_person(
        conversation_id=s.id, by=by, user_id=s.outsider.pk
    ),
    "ban member": lambda s, by: ban_person(conversation_id=s.id, by=by, user_id=s.member.pk),
    "ban admin": lambda s, by: ban_person(conversation_id=s.id, by=by, user_id=s.admin.pk),
    "ban owner": lambda s, by: ban_person(conversation_id=s.id, by=by, user_id=s.owner.pk),
    "ban outsider": lambda s, by: ban_person(conversation_id=s.id, by=by, user_id=s.outsider.pk),
    "lift": lambda s, by: lift_ban(conversation_id=s.id, by=by, user_id=s.outsider.pk),
    "promote": lambda s, by: change_role(
        conversation_id=s.id, by=by, user_id=s.member.pk, role="admin"
    ),
    "demote": lambda s, by: change_role(
        conversation_id=s.id, by=by, user_id=s.admin.pk, role="member"
    ),
    "hand over": lambda s, by: change_role(
        conversation_id=s.id, by=by, user_id=s.member.pk, role="owner"
    ),
    "join": lambda s, by: join_conversation(conversation_id=s.id, user_id=by),
    "leave": lambda s, by: leave_conversation(conversation_id=s.id, user_id=by),
}

FOR_ADMINS = ["rename", "topic", "add", "remove member", "ban member", "ban outsider"]
FOR_OWNERS = ["elevate", "history", "open", "promote", "hand over"]
OVER_EQUALS = ["remove admin", "remove owner", "ban admin", "ban owner"]
FROM_INSIDE = [*FOR_ADMINS, *FOR_OWNERS, *OVER_EQUALS, "remove nobody", "lift", "demote"]


def everything(scene: Scene) -> Any:
    """All that an action could change."""
    return (
        list(Conversation.objects.filter(pk=scene.id).values()),
        list(Participant.objects.filter(conversation=scene.id).order_by("pk").values()),
        list(Ban.objects.values()),
        Message.objects.filter(conversation=scene.id).count(),
    )


def refused(scene: Scene, act: str, by: Any, refusal: type[Refusal], listening: Any) -> None:
    before = everything(scene)
    with listening() as published, pytest.raises(Refusal) as raised:
        ACTS[act](scene, by.pk)
    assert type(raised.value) is refusal
    assert published.events == []
    assert everything(scene) == before


@pytest.mark.parametrize("act", FROM_INSIDE)
def test_an_outsider_learns_nothing(scene: Scene, act: str, listening: Any) -> None:
    refused(scene, act, scene.outsider, ConversationNotFound, listening)


@pytest.mark.parametrize("act", ["join", "leave"])
def test_an_outsider_has_nothing_to_join_or_leave(scene: Scene, act: str, listening: Any) -> None:
    refused(scene, act, scene.outsider, ConversationNotFound, listening)


@pytest.mark.parametrize("kind", ["public", "group"])
@pytest.mark.parametrize("act", FROM_INSIDE)
def test_who_knows_it_but_is_not_in_it(db: None, act: str, kind: str, listening: Any) -> None:
    scene = make_scene(kind)
    leave(scene.conversation, scene.leaver)
    by = scene.outsider if kind == "public" else scene.leaver
    refused(scene, act, by, NotAParticipant, listening)


def test_a_reader_has_nothing_to_leave(db: None, listening: Any) -> None:
    scene = make_scene("public")
    refused(scene, "leave", scene.outsider, NotAParticipant, listening)


@pytest.mark.parametrize("act", [*FOR_ADMINS, "remove admin", "remove owner", "ban admin", "lift"])
def test_a_member_is_no_admin(scene: Scene, act: str, listening: Any) -> None:
    refused(scene, act, scene.leaver, AdminRightMissing, listening)


@pytest.mark.parametrize("act", [*FOR_OWNERS, "demote"])
def test_a_member_is_no_owner(scene: Scene, act: str, listening: Any) -> None:
    refused(scene, act, scene.member, OwnerRightMissing, listening)


@pytest.mark.parametrize("act", FOR_OWNERS)
def test_an_admin_is_no_owner(scene: Scene, act: str, listening: Any) -> None:
    refused(scene, act, scene.admin, OwnerRightMissing, listening)


@pytest.mark.parametrize("act", OVER_EQUALS)
def test_an_admin_has_no_say_over_admins_and_owners(scene: Scene, act: str, listening: Any) -> None:
    second = make_person("Ada")
    Participant.objects.create(conversation=scene.conversation, user=second, role="admin")
    Conversation.objects.filter(pk=scene.id).update(member_count=5)
    refused(scene, act, second, OwnerRightMissing, listening)


@pytest.mark.parametrize("act", [*FOR_ADMINS, *FOR_OWNERS, *OVER_EQUALS])
def test_the_owner_may_all_that_concerns_others(scene: Scene, act: str) -> None:
    if act not in ("remove owner", "ban owner"):
        ACTS[act](scene, scene.owner.pk)


@pytest.mark.parametrize("act", FOR_ADMINS)
def test_an_admin_may_what_is_for_admins(scene: Scene, act: str) -> None:
    ACTS[act](scene, scene.admin.pk)


@pytest.mark.parametrize("act", ["promote", "hand over"])
def test_a_role_is_given_to_people_inside(scene: Scene, act: str, listening: Any) -> None:
    remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)
    refused(scene, act, scene.owner, ParticipantNotFound, listening)


def test_nobody_is_removed_who_is_not_in(scene: Scene, listening: Any) -> None:
    refused(scene, "remove nobody", scene.admin, ParticipantNotFound, listening)


@pytest.mark.parametrize("kind", ["group", "broadcast"])
def test_who_was_removed_does_not_come_back_alone(db: None, kind: str, listening: Any) -> None:
    scene = make_scene(kind)
    remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)
    refused(scene, "join", scene.member, JoinNotAllowed, listening)


@pytest.mark.parametrize(
    "act",
    ["rename", "topic", "elevate", "history", "open", "add", "remove member", "ban member",
     "promote", "hand over", "leave"],
)  # fmt: skip
def test_a_direct_conversation_stays_what_it_is(scene: Scene, act: str, listening: Any) -> None:
    direct = make_direct(scene.owner, scene.member)
    say(direct, scene.member)
    between = Scene(direct, scene.owner, scene.admin, scene.member, scene.leaver, scene.outsider)
    refused(between, act, scene.owner, DirectIsFixed, listening)
    refused(between, act, scene.outsider, ConversationNotFound, listening)
