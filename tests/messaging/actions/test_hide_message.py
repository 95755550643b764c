"""Hiding for oneself: whatever one can see; one's own devices learn of it and nobody else."""

from typing import Any

import pytest

from chatproject.realtime.bus import user_topic
from conversations.errors import ConversationNotFound
from conversations.models import Ban, Participant
from messaging.actions.hides import hide_message, unhide_message
from messaging.errors import MessageNotFound
from messaging.log import writing
from messaging.models import Hide
from tests.cast import leave, say
from tests.conformance.oracle import Oracle
from tests.messaging.actions.scene import Scene, make_scene


def hide(scene: Scene, user: Any, seq: int) -> None:
    hide_message(conversation_id=scene.id, user_id=user.pk, seq=seq)


def unhide(scene: Scene, user: Any, seq: int) -> None:
    unhide_message(conversation_id=scene.id, user_id=user.pk, seq=seq)


BOTH = pytest.mark.parametrize("act", [hide, unhide])


def state_rev(scene: Scene, user: Any) -> int:
    periods = Participant.objects.filter(conversation=scene.conversation, user=user)
    return periods.order_by("joined_at").values_list("state_rev", flat=True).last() or 0


def is_visible(scene: Scene, user: Any, seq: int) -> bool:
    return seq in Oracle.of(scene.id).visible(user.pk)


def test_it_is_gone_for_oneself_and_stays_for_the_others(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)

    hide(scene, scene.member, sent["seq"])

    assert not is_visible(scene, scene.member, sent["seq"])
    assert is_visible(scene, scene.owner, sent["seq"])

    unhide(scene, scene.member, sent["seq"])

    assert is_visible(scene, scene.member, sent["seq"])


def test_only_ones_own_devices_are_told_and_the_log_does_not_move(
    scene: Scene, listening: Any
) -> None:
    sent = say(scene.conversation, scene.owner)

    with listening() as published:
        hide(scene, scene.member, sent["seq"])
        unhide(scene, scene.member, sent["seq"])

    about = {"type": "state.changed", "conversationId": str(scene.id)}
    assert published.events == [
        {**about, "stateRev": 1, "hiddenSeq": sent["seq"]},
        {**about, "stateRev": 2, "shownSeq": sent["seq"]},
    ]
    assert set(published.topics) == {user_topic(scene.member.pk)}
    assert state_rev(scene, scene.member) == 2
    assert state_rev(scene, scene.owner) == 0
    scene.conversation.refresh_from_db()
    assert scene.conversation.last_rev == sent["rev"]


def test_doing_it_again_changes_nothing(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    hide(scene, scene.member, sent["seq"])

    with listening() as published:
        hide(scene, scene.member, sent["seq"])
    assert published.events == []
    unhide(scene, scene.member, sent["seq"])
    with listening() as published:
        unhide(scene, scene.member, sent["seq"])
    assert published.events == []
    assert state_rev(scene, scene.member) == 2


def test_a_system_message_can_be_hidden_too(scene: Scene) -> None:
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.owner.pk, title="x")

    hide(scene, scene.member, system.seq)

    assert not is_visible(scene, scene.member, system.seq)


def test_who_left_hides_what_they_could_see(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)
    later = say(scene.conversation, scene.owner)

    hide(scene, scene.leaver, sent["seq"])

    assert not is_visible(scene, scene.leaver, sent["seq"])
    assert state_rev(scene, scene.leaver) == 1
    with pytest.raises(MessageNotFound):
        hide(scene, scene.leaver, later["seq"])


def test_who_came_back_gets_it_stamped_on_the_open_period(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.leaver, from_seq=sent["seq"] + 2
    )

    hide(scene, scene.leaver, sent["seq"])

    periods = Participant.objects.filter(conversation=scene.conversation, user=scene.leaver)
    states = {(period.left_at is None, period.state_rev) for period in periods}
    assert states == {(True, 1), (False, 0)}


def test_a_passing_reader_of_a_public_conversation_hides_too(db: None, listening: Any) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.owner)

    with listening() as published:
        hide(scene, scene.outsider, sent["seq"])

    assert not is_visible(scene, scene.outsider, sent["seq"])
    assert published.events[0]["stateRev"] is None
    assert published.topics == [user_topic(scene.outsider.pk)]


@BOTH
def test_the_banned_may_not_even_look(db: None, act: Any) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.owner)
    Ban.objects.create(conversation=scene.conversation, user=scene.outsider, banned_by=scene.owner)

    with pytest.raises(ConversationNotFound):
        act(scene, scene.outsider, sent["seq"])


@BOTH
def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(ConversationNotFound):
        act(scene, scene.outsider, sent["seq"])
    assert not Hide.objects.exists()


@pytest.mark.parametrize("seq", [0, 2, 2**70])
@BOTH
def test_a_seq_that_is_not_there_is_not_found(scene: Scene, act: Any, seq: int) -> None:
    say(scene.conversation, scene.owner)

    with pytest.raises(MessageNotFound):
        act(scene, scene.member, seq)
    assert not Hide.objects.exists()


@BOTH
def test_what_was_said_before_one_joined_is_not_found(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.outsider, from_seq=sent["seq"] + 1
    )

    with pytest.raises(MessageNotFound):
        act(scene, scene.outsider, sent["seq"])
