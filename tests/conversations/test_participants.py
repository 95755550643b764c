"""Who is in a conversation and who is shut out: shown to those whom it concerns, page by page."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from conversations.errors import (
    AdminRightMissing,
    ConversationNotFound,
    NotAParticipant,
    ParticipantNotFound,
)
from conversations.models import Ban, Conversation, Participant
from conversations.participants import get_participant, list_bans, list_participants
from tests.cast import leave, make_person
from tests.messaging.actions.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def names(scene: Scene, viewer: User, **query: Any) -> list[str]:
    rows = list_participants(
        conversation_id=scene.id, viewer_id=viewer.pk, **{"limit": 50, **query}
    )
    return [row["name"] for row in rows]


def test_everybody_inside_sees_who_else_is(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)

    for viewer in (scene.owner, scene.admin, scene.member):
        assert sorted(names(scene, viewer)) == ["Adam", "Mia", "Olga"]


def test_each_is_shown_with_name_and_role(scene: Scene) -> None:
    User.objects.filter(pk=scene.admin.pk).update(is_bot=True)

    shown = get_participant(
        conversation_id=scene.id, viewer_id=scene.member.pk, user_id=scene.admin.pk
    )

    assert shown.pop("joinedAt").endswith("Z")
    assert shown == {
        "userId": str(scene.admin.pk),
        "name": "Adam",
        "isBot": True,
        "role": "admin",
    }
    with pytest.raises(ParticipantNotFound):
        get_participant(
            conversation_id=scene.id, viewer_id=scene.member.pk, user_id=scene.outsider.pk
        )


def test_outsiders_and_who_left_do_not_see_them(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)

    with pytest.raises(ConversationNotFound):
        names(scene, scene.outsider)
    with pytest.raises(NotAParticipant):
        names(scene, scene.leaver)
    with pytest.raises(NotAParticipant):
        get_participant(conversation_id=scene.id, viewer_id=scene.leaver.pk, user_id=scene.owner.pk)


def test_readers_of_a_public_one_do_unless_banned(db: None) -> None:
    scene = make_scene("public")
    leave(scene.conversation, scene.leaver)
    for reader in (scene.outsider, scene.leaver):
        assert sorted(names(scene, reader)) == ["Adam", "Mia", "Olga"]

    for person in (scene.outsider, scene.leaver):
        Ban.objects.create(conversation=scene.conversation, user=person, banned_by=scene.owner)

    with pytest.raises(ConversationNotFound):
        names(scene, scene.outsider)
    with pytest.raises(NotAParticipant):
        names(scene, scene.leaver)


def test_found_by_a_part_of_the_name_and_by_role(scene: Scene) -> None:
    assert sorted(names(scene, scene.member, name_part="A")) == ["Adam", "Mia", "Olga"]
    assert names(scene, scene.member, name_part="dam") == ["Adam"]
    assert names(scene, scene.member, name_part="%") == []
    assert sorted(names(scene, scene.member, role="member")) == ["Leo", "Mia"]
    assert names(scene, scene.member, role="member", name_part="le") == ["Leo"]


def test_pages_joined_are_the_whole(scene: Scene) -> None:
    crowd = [make_person(f"P{n}") for n in range(7)]
    Participant.objects.bulk_create(
        Participant(conversation=scene.conversation, user=person) for person in crowd
    )
    whole = names(scene, scene.owner)

    pages: list[str] = []
    after = None
    while rows := list_participants(
        conversation_id=scene.id, viewer_id=scene.owner.pk, after=after, limit=3
    ):
        pages += [row["name"] for row in rows]
        after = UUID(rows[-1]["userId"])

    assert pages == whole
    assert len(pages) == 11


def test_a_page_costs_two_queries(scene: Scene, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        names(scene, scene.member)


def test_bans_are_for_admins_to_see(scene: Scene) -> None:
    Ban.objects.create(
        conversation=scene.conversation,
        user=scene.outsider,
        banned_by=scene.owner,
        reason="spam",
    )

    for viewer in (scene.owner, scene.admin):
        (ban,) = list_bans(conversation_id=scene.id, viewer_id=viewer.pk, limit=5)
        assert (ban["userId"], ban["reason"]) == (str(scene.outsider.pk), "spam")
        assert (ban["name"], ban["bannedById"]) == ("Otto", str(scene.owner.pk))
    with pytest.raises(AdminRightMissing):
        list_bans(conversation_id=scene.id, viewer_id=scene.member.pk, limit=5)
    with pytest.raises(ConversationNotFound):
        list_bans(conversation_id=scene.id, viewer_id=scene.outsider.pk, limit=5)
    after = list_bans(
        conversation_id=scene.id, viewer_id=scene.owner.pk, after=scene.outsider.pk, limit=5
    )
    assert after == []
    assert Conversation.objects.count() == 1
