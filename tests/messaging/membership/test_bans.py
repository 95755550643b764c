"""A ban lets out, keeps out, and hides a public conversation; lifting it opens the door again."""

from typing import Any

import pytest

from accounts.errors import PersonNotFound
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import uuid7
from conversations.errors import Banned, BanNotFound, ConversationNotFound
from conversations.models import Ban
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.members import add_people, join_conversation
from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    events_of,
    head_of,
    is_inside,
    last_period_of,
    log_of,
    visible_to,
)


@pytest.fixture
def public(db: None) -> Scene:
    return make_scene("public")


def ban(scene: Scene, person: Any, **fields: Any) -> Ban:
    return ban_person(conversation_id=scene.id, by=scene.admin.pk, user_id=person.pk, **fields)


def test_who_is_banned_is_let_out(scene: Scene, listening: Any) -> None:
    with listening() as published:
        made = ban(scene, scene.member, reason="spam")

    assert (made.user_id, made.banned_by_id, made.reason) == (
        scene.member.pk,
        scene.admin.pk,
        "spam",
    )
    assert not is_inside(scene.id, scene.member)
    assert last_period_of(scene.id, scene.member).removed_by_id == scene.admin.pk
    assert log_of(scene.id) == [
        {
            "event": "participant.banned",
            "userId": str(scene.member.pk),
            "by": scene.admin.pk,
            "seq": 1,
            "rev": 1,
        }
    ]
    assert published.types == ["message.created", "participant.left", "conversation.left"]
    assert published.events[2]["toSeq"] == 1


def test_neither_joining_nor_adding_gets_past_it(public: Scene) -> None:
    ban(public, public.member)

    with pytest.raises(Banned):
        join_conversation(conversation_id=public.id, user_id=public.member.pk)
    with pytest.raises(Banned):
        add_people(conversation_id=public.id, by=public.owner.pk, user_ids=[public.member.pk])


def test_a_reader_reads_no_more(public: Scene, listening: Any) -> None:
    say(public.conversation, public.owner)
    assert visible_to(public.id, public.outsider) == [1]

    with listening() as published:
        ban(public, public.outsider)

    with pytest.raises(ConversationNotFound):
        visible_to(public.id, public.outsider)
    head = head_of(public.id)
    assert (head.last_seq, head.member_rev, head.last_rev) == (1, 2, 2)
    assert published.types == ["participants.changed", "conversation.left"]
    assert published.events[0]["memberRev"] == 2
    assert published.events[1]["toSeq"] is None


def test_who_was_in_it_keeps_what_was_seen_then(public: Scene) -> None:
    say(public.conversation, public.owner)
    ban(public, public.member)
    say(public.conversation, public.owner)

    assert visible_to(public.id, public.member) == [1, 2]


def test_a_stranger_to_a_group_is_banned_without_learning_of_it(
    scene: Scene, listening: Any
) -> None:
    with listening() as published:
        ban(scene, scene.outsider)

    assert published.events == []
    assert head_of(scene.id).last_rev == 0
    with pytest.raises(Banned):
        add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])


def test_a_second_ban_changes_nothing(scene: Scene, listening: Any) -> None:
    first = ban(scene, scene.member, reason="spam")

    with listening() as published:
        second = ban(scene, scene.member, reason="other")

    assert (second.pk, second.reason) == (first.pk, "spam")
    assert published.events == []


def test_nobody_bans_oneself_or_a_stranger_to_the_system(scene: Scene) -> None:
    with pytest.raises(InvalidInput):
        ban(scene, scene.admin)
    with pytest.raises(PersonNotFound):
        ban_person(conversation_id=scene.id, by=scene.owner.pk, user_id=uuid7())

    assert not Ban.objects.exists()


def test_lifting_it_opens_the_door(public: Scene) -> None:
    ban(public, public.outsider)

    lift_ban(conversation_id=public.id, by=public.admin.pk, user_id=public.outsider.pk)
    join_conversation(conversation_id=public.id, user_id=public.outsider.pk)

    assert is_inside(public.id, public.outsider)


def test_in_a_group_it_does_not_let_in(scene: Scene) -> None:
    ban(scene, scene.member)
    lift_ban(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)

    assert not is_inside(scene.id, scene.member)
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.member.pk])
    assert events_of(scene.id) == ["participant.banned", "participants.added"]


def test_there_has_to_be_one_to_lift(scene: Scene) -> None:
    with pytest.raises(BanNotFound):
        lift_ban(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)
