"""Name and topic are told in the log to those who are in; for kind and past see `test_past`."""

from typing import Any

from messaging.membership.change_conversation import change_conversation
from messaging.membership.members import leave_conversation
from tests.messaging.actions.scene import Scene
from tests.messaging.membership.checks import events_of, head_of, last_period_of, log_of


def test_a_new_name_is_in_the_row_and_in_the_log(scene: Scene, listening: Any) -> None:
    with listening() as published:
        change_conversation(conversation_id=scene.id, by=scene.admin.pk, title="Rowing")

    head = head_of(scene.id)
    assert (head.title, head.last_seq, head.last_rev, head.member_rev) == ("Rowing", 1, 1, 0)
    assert head.last_message_at is None
    assert log_of(scene.id) == [
        {
            "event": "conversation.renamed",
            "title": "Rowing",
            "by": scene.admin.pk,
            "seq": 1,
            "rev": 1,
        }
    ]
    assert published.types == ["message.created", "conversation.updated"]
    updated = published.events[1]
    assert (updated["rev"], updated["memberRev"]) == (1, 0)
    assert updated["conversation"]["name"] == "Rowing"
    assert [publication.seq for publication in published.publications] == [1, 1]


def test_a_new_topic_and_none(scene: Scene) -> None:
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, topic="on Fridays")
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, topic="")

    assert head_of(scene.id).topic == ""
    assert [entry["topic"] for entry in log_of(scene.id)] == ["on Fridays", ""]


def test_several_things_in_one_call(scene: Scene) -> None:
    change_conversation(
        conversation_id=scene.id,
        by=scene.owner.pk,
        title="Rowing",
        topic="on Fridays",
        history="everything",
    )

    assert events_of(scene.id) == [
        "conversation.renamed",
        "conversation.topic_changed",
        "conversation.history_changed",
    ]


def test_what_is_the_same_changes_nothing(scene: Scene, listening: Any) -> None:
    head = head_of(scene.id)

    with listening() as published:
        change_conversation(
            conversation_id=scene.id,
            by=scene.owner.pk,
            title=head.title,
            topic=head.topic,
            kind=head.kind,
            history=head.history,
        )

    assert published.events == []
    assert head_of(scene.id).last_rev == 0


def test_who_left_keeps_the_name_that_it_had(scene: Scene) -> None:
    leave_conversation(conversation_id=scene.id, user_id=scene.member.pk)
    before = head_of(scene.id).title
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, title="Secret", topic="plans")

    period = last_period_of(scene.id, scene.member)

    assert (period.left_title, period.left_topic) == (before, "")
