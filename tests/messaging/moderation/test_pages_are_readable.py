"""Moderators read names and sentences, never ids of people, names of events and machine times."""

import pytest

from messaging.membership.change_conversation import change_conversation
from messaging.models import Message
from tests.cast import say
from tests.messaging.moderation.scene import Watch, complain, page, window

pytestmark = pytest.mark.django_db


def test_a_report_names_people_and_tells_events_as_sentences(watch: Watch) -> None:
    owner = watch.private.participants.get(role="owner").user
    change_conversation(conversation_id=watch.private.pk, by=owner.pk, title="Rowing")
    seq = say(watch.private, watch.troll, f"you, <@{owner.pk}>, are wrong")["seq"]
    report = complain(watch, watch.private, seq)

    html = window(watch.chief).get(page("messaging_report_change", report.pk)).content.decode()

    assert f"you, @{owner.name}, are wrong" in html
    assert f"{owner.name} named the conversation" in html
    assert "conversation.renamed" not in html
    assert "&lt;@" not in html
    assert (
        "T" + Message.objects.get(conversation=watch.private, seq=seq).created_at.strftime("%H:%M")
        not in html
    )


def test_the_list_of_messages_has_no_raw_mention(watch: Watch) -> None:
    owner = watch.public.participants.get(role="owner").user
    say(watch.public, watch.troll, f"hello <@{owner.pk}>")

    html = window(watch.chief).get(page("messaging_message_changelist")).content.decode()

    assert f"hello @{owner.name}" in html
    assert "&lt;@" not in html
