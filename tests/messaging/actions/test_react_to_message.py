"""Reacting: one emoji per person and kind, seen by everybody, taken back by its owner."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Block
from chatproject.core.errors import InvalidInput
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    NotAParticipant,
)
from conversations.models import Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.actions.reactions import MAX_EMOJIS, add_reaction, remove_reaction
from messaging.errors import MessageGone, MessageNotFound, SystemMessage, TooManyReactions
from messaging.log import writing
from messaging.models import Message, Reaction
from tests.cast import leave, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

EMOJIS = ["👍", "🎉", "❤️", "🚀", "👀", "🔥", "😂", "😮", "😢", "🙏", "👏", "💯", "✅", "❌", "⭐"]
EMOJIS += ["🍕", "🍺", "☕", "🐍", "🐢", "🦄"]


def react(scene: Scene, user: Any, seq: int, emoji: object = "👍") -> dict[str, Any]:
    return add_reaction(conversation_id=scene.id, user_id=user.pk, seq=seq, emoji=emoji)


def take_back(scene: Scene, user: Any, seq: int, emoji: object = "👍") -> dict[str, Any]:
    return remove_reaction(conversation_id=scene.id, user_id=user.pk, seq=seq, emoji=emoji)


BOTH = pytest.mark.parametrize("act", [react, take_back])


def test_a_reaction_is_in_the_message_and_has_the_next_rev(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)

    message = react(scene, scene.member, sent["seq"])

    assert message["reactions"] == [{"emoji": "👍", "count": 1, "userIds": [str(scene.member.pk)]}]
    assert message["rev"] == sent["rev"] + 1
    reaction = Reaction.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert reaction.rev == message["rev"]
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert stored.rev == message["rev"]
    assert stored.edited_at is None


def test_reactions_stand_in_the_order_of_adding(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    react(scene, scene.member, sent["seq"], "🎉")
    react(scene, scene.owner, sent["seq"], "👍")
    message = react(scene, scene.admin, sent["seq"], "🎉")

    assert [(r["emoji"], r["count"]) for r in message["reactions"]] == [("🎉", 2), ("👍", 1)]


def test_the_same_reaction_again_changes_nothing(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    first = react(scene, scene.member, sent["seq"], "❤️")

    with listening() as published:
        again = react(scene, scene.member, sent["seq"], "\u2764")

    assert again == first
    assert published.events == []
    assert Reaction.objects.filter(conversation=scene.conversation).count() == 1


def test_taking_it_back_has_a_rev_of_its_own(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    react(scene, scene.member, sent["seq"])

    message = take_back(scene, scene.member, sent["seq"])

    assert message["reactions"] == []
    assert message["rev"] == sent["rev"] + 2


def test_taking_back_what_is_not_there_changes_nothing(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    react(scene, scene.owner, sent["seq"])

    with listening() as published:
        message = take_back(scene, scene.member, sent["seq"])

    assert message["rev"] == sent["rev"] + 1
    assert message["reactions"][0]["count"] == 1
    assert published.events == []


def test_a_removed_reaction_stays_for_who_left_while_it_stood(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    added = react(scene, scene.member, sent["seq"])
    leave(scene.conversation, scene.leaver)

    removed = take_back(scene, scene.member, sent["seq"])

    reaction = Reaction.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert (reaction.rev, reaction.removed_rev) == (added["rev"], removed["rev"])


def test_on_and_off_for_hours_leaves_nothing_behind(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    for _ in range(5):
        react(scene, scene.member, sent["seq"])
        take_back(scene, scene.member, sent["seq"])

    assert not Reaction.objects.filter(conversation=scene.conversation).exists()


def test_it_can_be_put_on_again(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    react(scene, scene.member, sent["seq"])
    leave(scene.conversation, scene.leaver)
    take_back(scene, scene.member, sent["seq"])

    assert react(scene, scene.member, sent["seq"])["reactions"][0]["count"] == 1


def test_both_changes_are_told_as_an_updated_message(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)

    with listening() as published:
        added = react(scene, scene.member, sent["seq"])
        removed = take_back(scene, scene.member, sent["seq"])

    assert published.types == ["message.updated"] * 2
    assert [event["message"] for event in published.events] == [added, removed]
    assert [event["rev"] for event in published.events] == [added["rev"], removed["rev"]]
    assert {publication.seq for publication in published.publications} == {sent["seq"]}


@pytest.mark.parametrize(
    "emoji", ["", "a", "👍👍", "👍 ", "1", ":Has Space:", "::", None, 5, ["👍"]]
)
@BOTH
def test_what_is_no_emoji_is_refused(scene: Scene, act: Any, emoji: object) -> None:
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(InvalidInput):
        act(scene, scene.member, sent["seq"], emoji)


def test_so_many_different_ones_and_no_more(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    for emoji in EMOJIS[:MAX_EMOJIS]:
        react(scene, scene.owner, sent["seq"], emoji)

    with pytest.raises(TooManyReactions):
        react(scene, scene.member, sent["seq"], EMOJIS[MAX_EMOJIS])

    assert react(scene, scene.member, sent["seq"], EMOJIS[0])["reactions"][0]["count"] == 2
    take_back(scene, scene.owner, sent["seq"], EMOJIS[1])
    assert react(scene, scene.member, sent["seq"], EMOJIS[MAX_EMOJIS])["reactions"]


@BOTH
def test_an_outsider_does_not_learn_of_the_conversation(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(ConversationNotFound):
        act(scene, scene.outsider, sent["seq"])


@BOTH
def test_a_passing_reader_of_a_public_conversation_does_not_react(db: None, act: Any) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(NotAParticipant):
        act(scene, scene.outsider, sent["seq"])


@BOTH
def test_who_left_reacts_no_more(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(NotAParticipant):
        act(scene, scene.leaver, sent["seq"])


@BOTH
def test_who_came_back_does_not_react_to_what_was_before(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)
    Participant.objects.create(
        conversation=scene.conversation, user=scene.leaver, from_seq=sent["seq"] + 2
    )

    with pytest.raises(NotAParticipant):
        act(scene, scene.leaver, sent["seq"])


@BOTH
def test_a_deleted_message_takes_no_reaction(scene: Scene, act: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])

    with pytest.raises(MessageGone):
        act(scene, scene.member, sent["seq"])


@BOTH
def test_a_system_message_takes_no_reaction(scene: Scene, act: Any) -> None:
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.owner.pk, title="x")

    with pytest.raises(SystemMessage):
        act(scene, scene.member, system.seq)


@BOTH
def test_a_seq_that_is_not_there_is_not_found(scene: Scene, act: Any) -> None:
    with pytest.raises(MessageNotFound):
        act(scene, scene.member, 1)


def test_in_a_broadcast_everybody_reacts(db: None) -> None:
    scene = make_scene("broadcast")
    sent = say(scene.conversation, scene.owner)

    assert react(scene, scene.member, sent["seq"])["reactions"]


def test_in_a_locked_conversation_reactions_are_only_taken_back(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    react(scene, scene.member, sent["seq"])
    Conversation.objects.filter(pk=scene.id).update(locked_at=timezone.now())

    with pytest.raises(ConversationLocked):
        react(scene, scene.member, sent["seq"], "🎉")
    assert take_back(scene, scene.member, sent["seq"])["reactions"] == []


def test_a_block_stops_reactions_in_a_direct_conversation(db: None) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    direct = make_direct(ann, bob)
    sent = say(direct, ann)
    Block.objects.create(blocker=ann, blocked=bob)

    with pytest.raises(Blocked):
        add_reaction(conversation_id=direct.pk, user_id=bob.pk, seq=sent["seq"], emoji="👍")
