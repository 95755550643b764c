"""What the relay reads of the log, and the events that it makes of it, without a broker."""

import json
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from accounts.models import User
from attachments.models import Attachment
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.log import writing
from messaging.log_cursors import RELAY_CURSORS
from messaging.maintenance.erasure import close_account_for_erasure, erase_messages, finish_erasure
from messaging.membership.change_conversation import change_conversation
from messaging.membership.events import advance_member_rev
from messaging.models import ErasedPerson, Message, RelayCursor
from messaging.relay import changes as relay_changes
from messaging.relay.changes import skip_history
from messaging.relay.cloud_events import PREFIX, TYPES, Event, person_erased
from tests.cast import make_conversation, say
from tests.database import ROOT
from tests.messaging.actions.scene import Scene
from tests.messaging.relay.conftest import Stream

FOLDER = ROOT / "docs" / "events"
SECRET = "zebrafinch"


def told(events: list[Event]) -> list[tuple[str, Any]]:
    """The types, without the prefix, and the seqs; each event is as its schema says."""
    for event in events:
        name = event.type.removeprefix(PREFIX)
        schema = json.loads((FOLDER / f"{name}.json").read_text())
        body = orjson.loads(event.body)
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
        assert (body["id"], body["partitionkey"], body["type"]) == event[:3]
    bodies = [orjson.loads(event.body) for event in events]
    return [(it["type"].removeprefix(PREFIX), it["data"].get("seq")) for it in bodies]


def test_each_type_has_a_schema_and_each_schema_a_type() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TYPES)
    for path in FOLDER.glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_a_message_is_created_then_updated_then_deleted(scene: Scene, stream: Stream) -> None:
    say(scene.conversation, scene.member, "one")
    say(scene.conversation, scene.owner, "two")
    assert told(stream.follow(scene.id)) == [("message.created", 1), ("message.created", 2)]

    place = {"conversation_id": scene.id, "user_id": scene.member.pk, "seq": 1}
    edit_message(**place, body="another")
    add_reaction(**place | {"seq": 2}, emoji="👍")
    events = stream.follow(scene.id)
    assert told(events) == [("message.updated", 1), ("message.updated", 2)]
    assert orjson.loads(events[1].body)["data"]["reactionCount"] == 1

    pin_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=2)
    delete_message(**place)
    assert told(stream.follow(scene.id)) == [("message.updated", 2), ("message.deleted", 1)]
    assert stream.follow(scene.id) == []


def test_an_id_is_conversation_and_rev_and_events_come_in_its_order(
    scene: Scene, stream: Stream
) -> None:
    say(scene.conversation, scene.member, "one")
    say(scene.conversation, scene.member, "two")
    edit_message(conversation_id=scene.id, user_id=scene.member.pk, seq=1, body="later")

    ids = [event.id for event in stream.follow(scene.id)]

    assert ids == [f"{scene.id}:2", f"{scene.id}:3"]


def test_what_was_edited_before_it_was_published_is_created_as_it_stands(
    scene: Scene, stream: Stream, settings: Any
) -> None:
    settings.EVENTS_CONTENT = True
    say(scene.conversation, scene.member, "first")
    edit_message(conversation_id=scene.id, user_id=scene.member.pk, seq=1, body="second")

    (event,) = stream.follow(scene.id)

    assert told([event]) == [("message.created", 1)]
    assert orjson.loads(event.body)["data"]["content"] == "second"


def test_no_message_is_left_without_its_creation_where_batches_are_cut(
    scene: Scene, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_changes, "BATCH", 2)
    for number in range(5):
        say(scene.conversation, scene.member, str(number))
    edit_message(conversation_id=scene.id, user_id=scene.member.pk, seq=1, body="moved to the end")

    found = told(stream.follow(scene.id))

    assert found == [("message.created", seq) for seq in (2, 3, 4, 5, 1)]


def test_without_the_setting_an_event_holds_nobodys_words(scene: Scene, stream: Stream) -> None:
    seq = say(scene.conversation, scene.member, SECRET)["seq"]
    Attachment.objects.create(
        uploader=scene.member,
        conversation_id=scene.id,
        seq=seq,
        name=f"{SECRET}.png",
        size=7,
        content_type="image/png",
    )
    Message.objects.filter(conversation=scene.id, seq=seq).update(kind="image")
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, title=SECRET, topic=SECRET)

    events = stream.follow(scene.id)

    assert len(told(events)) == 3
    assert all(SECRET.encode() not in event.body for event in events)
    (file,) = orjson.loads(events[0].body)["data"]["attachments"]
    assert (file["contentType"], file["size"]) == ("image/png", 7)


def test_with_the_setting_it_holds_them(scene: Scene, stream: Stream, settings: Any) -> None:
    settings.EVENTS_CONTENT = True
    say(scene.conversation, scene.member, SECRET)
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, title=SECRET)

    message, renamed = stream.follow(scene.id)

    told([message, renamed])
    assert orjson.loads(message.body)["data"]["content"] == SECRET
    assert orjson.loads(renamed.body)["data"]["details"] == {"title": SECRET}


def test_a_change_without_a_message_is_told_at_the_heads_rev(scene: Scene, stream: Stream) -> None:
    with writing(scene.id) as log:
        advance_member_rev(log, -1)

    (event,) = stream.follow(scene.id)

    assert told([event]) == [("conversation.changed", None)]
    assert event.id == f"{scene.id}:1"
    assert orjson.loads(event.body)["data"]["memberCount"] == 3


def test_an_erasure_deletes_the_messages_and_tells_of_the_person(
    scene: Scene, stream: Stream, settings: Any
) -> None:
    settings.EVENTS_CONTENT = True
    say(scene.conversation, scene.member, SECRET)
    say(scene.conversation, scene.owner, "stays")
    stream.follow(scene.id)

    close_account_for_erasure(user=scene.member)
    assert sum(erase_messages(user_id=scene.member.pk, conversation_id=scene.id)) == 1
    finish_erasure(user=User.objects.get(pk=scene.member.pk))

    events = stream.follow(scene.id)
    assert ("message.deleted", 1) in told(events)
    assert all(SECRET.encode() not in event.body for event in events)
    row = ErasedPerson.objects.get(published_at=None)
    erased = person_erased(row.user_id, row.erased_at)
    assert told([erased]) == [("person.erased", None)]
    assert erased.key == str(scene.member.pk)


def test_a_log_that_was_begun_anew_is_published_from_its_beginning(
    scene: Scene, stream: Stream
) -> None:
    """As after a backup was restored that is older than the cursor."""
    say(scene.conversation, scene.member, "one")
    RelayCursor.objects.create(conversation_id=scene.id, rev=500, seq=400)

    assert told(stream.follow(scene.id)) == [("message.created", 1)]


def test_history_is_skipped_only_where_nothing_was_published(scene: Scene, stream: Stream) -> None:
    other = make_conversation(scene.owner)
    say(scene.conversation, scene.member, "old")
    say(other, scene.owner, "published")
    stream.follow(other.pk)
    say(other, scene.owner, "not yet")

    assert skip_history() == 1

    say(scene.conversation, scene.member, "new")
    assert told(stream.follow(scene.id)) == [("message.created", 2)]
    assert told(stream.follow(other.pk)) == [("message.created", 2)]


def test_the_sweep_finds_what_has_moved_and_the_lag_counts_it(scene: Scene, stream: Stream) -> None:
    quiet = make_conversation(scene.owner)
    say(scene.conversation, scene.member, "one")
    say(scene.conversation, scene.member, "two")
    first = min(Conversation.objects.values_list("pk", flat=True))

    behind, last = RELAY_CURSORS.behind_after(type(first)(int=0), 100)
    assert (behind, last) == ([scene.id], None)
    assert RELAY_CURSORS.lag() == (1, 2)

    stream.follow(scene.id, quiet.pk)
    assert RELAY_CURSORS.behind_after(type(first)(int=0), 100) == ([], None)
    assert RELAY_CURSORS.lag() == (0, 0)
