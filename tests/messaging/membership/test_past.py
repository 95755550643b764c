"""Elevation, the switch of history, and opening the past: what becomes visible to whom."""

from typing import Any

import pytest

from conversations.errors import ConversationNotFound, ElevationImpossible, OwnerRightMissing
from messaging.membership.change_conversation import change_conversation, open_history
from messaging.membership.members import add_people, join_conversation, leave_conversation
from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import (
    events_of,
    head_of,
    log_of,
    period_of,
    unread_of,
    visible_to,
)


def change(scene: Scene, **fields: str) -> None:
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, **fields)


def test_elevation_opens_nothing_that_is_older(scene: Scene, listening: Any) -> None:
    say(scene.conversation, scene.owner, "among us")
    with pytest.raises(ConversationNotFound):
        visible_to(scene.id, scene.outsider)

    with listening() as published:
        change(scene, kind="public")
    said = say(scene.conversation, scene.owner, "to everybody")

    head = head_of(scene.id)
    assert (head.kind, head.history, head.open_from_seq) == ("public", "everything", 2)
    assert head.member_rev == 2
    assert log_of(scene.id)[-1] == {
        "event": "conversation.elevated",
        "kind": "public",
        "by": scene.owner.pk,
        "seq": 2,
        "rev": 2,
    }
    assert published.events[-1]["conversation"]["kind"] == "public"
    assert visible_to(scene.id, scene.outsider) == [2, said["seq"]]
    assert visible_to(scene.id, scene.member) == [1, 2, 3]
    join_conversation(conversation_id=scene.id, user_id=scene.outsider.pk)
    assert visible_to(scene.id, scene.outsider) == [2, 3, 4]
    assert unread_of(scene.id, scene.outsider) == 0


def test_elevation_to_broadcast_stays_hidden_from_outsiders(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    change(scene, kind="broadcast")

    with pytest.raises(ConversationNotFound):
        visible_to(scene.id, scene.outsider)
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])
    assert visible_to(scene.id, scene.outsider) == [2, 3]


def test_an_open_group_closes_its_past_when_it_is_elevated(scene: Scene) -> None:
    change(scene, history="everything")
    say(scene.conversation, scene.owner, "open to those we add")
    change(scene, kind="public")

    assert head_of(scene.id).open_from_seq == 3
    assert visible_to(scene.id, scene.outsider) == [3]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("public", "group"),
        ("broadcast", "group"),
        ("public", "broadcast"),
        ("broadcast", "public"),
        ("group", "direct"),
        ("public", "direct"),
    ],
)
def test_there_is_no_other_way_and_none_back(db: None, kind: str, wanted: str) -> None:
    scene = make_scene(kind)

    with pytest.raises(ElevationImpossible):
        change(scene, kind=wanted)

    assert head_of(scene.id).kind == kind
    assert events_of(scene.id) == []


def test_a_refused_part_refuses_the_whole(scene: Scene) -> None:
    with pytest.raises(OwnerRightMissing):
        change_conversation(
            conversation_id=scene.id, by=scene.admin.pk, title="Rowing", kind="public"
        )

    assert head_of(scene.id).title != "Rowing"
    assert events_of(scene.id) == []


def test_a_switch_opens_only_what_comes_after_it(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "before")
    change(scene, history="everything")
    say(scene.conversation, scene.owner, "after")

    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])

    assert visible_to(scene.id, scene.outsider) == [2, 3, 4]
    assert unread_of(scene.id, scene.outsider) == 0
    assert log_of(scene.id)[0]["history"] == "everything"


def test_switching_there_and_back_opens_nothing(scene: Scene) -> None:
    change(scene, history="everything")
    say(scene.conversation, scene.owner)
    change(scene, history="since_joined")
    change(scene, history="everything")

    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])

    assert visible_to(scene.id, scene.outsider) == [4, 5]


def test_opening_the_past_shows_it_to_all_inside_and_leaves_unread_as_it_was(
    scene: Scene, listening: Any
) -> None:
    say(scene.conversation, scene.owner, "old")
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])
    say(scene.conversation, scene.owner, "new")
    before = {p: unread_of(scene.id, p) for p in (scene.outsider, scene.member)}
    assert visible_to(scene.id, scene.outsider) == [2, 3]

    with listening() as published:
        open_history(conversation_id=scene.id, by=scene.owner.pk)

    assert visible_to(scene.id, scene.outsider) == [1, 2, 3, 4]
    assert (
        {p: unread_of(scene.id, p) for p in before}
        == before
        == {
            scene.outsider: 1,
            scene.member: 2,
        }
    )
    assert log_of(scene.id)[-1]["event"] == "conversation.history_opened"
    assert head_of(scene.id).member_rev == head_of(scene.id).last_rev
    assert published.types == ["message.created", "conversation.updated"]
    assert period_of(scene.id, scene.outsider).last_read_seq == 1


def test_who_left_gets_nothing_of_what_is_opened(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "old")
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])
    leave_conversation(conversation_id=scene.id, user_id=scene.outsider.pk)

    open_history(conversation_id=scene.id, by=scene.owner.pk)

    assert visible_to(scene.id, scene.outsider) == [2, 3]


def test_opening_what_is_open_changes_nothing(scene: Scene, listening: Any) -> None:
    with listening() as published:
        open_history(conversation_id=scene.id, by=scene.owner.pk)

    assert published.events == []
    assert head_of(scene.id).last_rev == 0


def test_the_past_of_an_elevated_one_can_be_opened(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "old")
    change(scene, kind="public")
    assert visible_to(scene.id, scene.outsider) == [2]

    open_history(conversation_id=scene.id, by=scene.owner.pk)

    assert visible_to(scene.id, scene.outsider) == [1, 2, 3]
