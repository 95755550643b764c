"""What becomes of each kind of Slack message."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from messaging.models import Mention, Message, Reaction, Revision, Thread, ThreadFollower
from messaging.text import MAX_LENGTH
from tests.messaging.imports.slack_export import BEGIN, SlackExport, bodies, imported, run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def export() -> SlackExport:
    export = SlackExport("Ann", "Bob")
    export.conversation("general", "Ann", "Bob")
    return export


@pytest.fixture
def load(export: SlackExport, tmp_path: Path) -> Any:
    return lambda: run_import(export.write(tmp_path / "export.zip"))


def messages() -> list[Message]:
    return list(Message.objects.order_by("seq"))


def slack(name: str) -> User:
    return User.objects.get(origin=f"slack:T1/U{name.upper()}")


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(BEGIN + seconds, UTC)


def test_message(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "hello *you*", ts=f"{BEGIN}.000123")
    report = load()
    (message,) = messages()
    assert (message.seq, message.rev) == (1, 1)
    assert message.sender_id == slack("Ann").pk
    assert message.body == "hello **you**"
    assert message.created_at == datetime(2020, 9, 13, 12, 26, 40, 123, UTC)
    assert message.id.version == 7
    assert message.id.int >> 80 == BEGIN * 1000
    assert report["messages"] == {"new": 1, "present": 0}
    head = imported("general")
    assert (head.last_seq, head.last_rev, head.member_rev) == (1, 1, 1)
    assert head.last_at == head.last_message_at == message.created_at


def test_messages_are_in_order_of_time(export: SlackExport, load: Any) -> None:
    """Across files too, and where a file is out of order; ties keep the file's order."""
    export.days = {
        "general/2020-09-14.json": [said("c", 3), said("a", 1), said("f", 9)],
        "general/2020-09-13.json": [said("d", 4), said("b", 2), said("d2", 4)],
        "general/2020-09-15.json": [said("g", 10)],
        "general/2020-09-12.json": [said("e", 5)],
    }
    report = load()
    assert bodies("general") == ["a", "b", "c", "d", "d2", "e", "f", "g"]
    times = [message.created_at for message in messages()]
    assert times == sorted(set(times))
    assert report["changed"] == {"time_moved": 1}


def said(text: str, seconds: int) -> dict[str, Any]:
    return {"type": "message", "user": "UANN", "ts": f"{BEGIN + seconds}.000000", "text": text}


def test_thread(export: SlackExport, load: Any) -> None:
    root = export.say("general", "Ann", "root", thread_ts=f"{BEGIN + 1}.000000", reply_count=2)
    export.say("general", "Bob", "aside")
    export.say("general", "Bob", "reply", thread_ts=root)
    export.say("general", "Ann", "shown", thread_ts=root, subtype="thread_broadcast")
    report = load()
    assert [(m.body, m.thread_seq, m.thread_only) for m in messages()] == [
        ("root", None, False),
        ("aside", None, False),
        ("reply", 1, True),
        ("shown", 1, False),
    ]
    thread = Thread.objects.get()
    assert (thread.seq, thread.reply_count, thread.last_seq) == (1, 2, 4)
    followers = ThreadFollower.objects.order_by("user__name")
    assert [(it.user.name, it.last_read_seq) for it in followers] == [("Ann", 4), ("Bob", 4)]
    assert report["new"]["replies"] == 2


def test_reply_to_a_reply_stays_in_the_thread(export: SlackExport, load: Any) -> None:
    root = export.say("general", "Ann", "root")
    reply = export.say("general", "Bob", "reply", thread_ts=root)
    export.say("general", "Ann", "reply to it", thread_ts=reply)
    load()
    assert [(m.reply_to_seq, m.thread_seq) for m in messages()] == [(None, None), (None, 1), (2, 1)]


@pytest.mark.parametrize("thread", [f"{BEGIN - 5}.000000", f"{BEGIN + 900}.000000"])
def test_reply_without_its_thread(export: SlackExport, load: Any, thread: str) -> None:
    export.say("general", "Ann", "to what?", thread_ts=thread)
    report = load()
    assert messages()[0].reply_to_seq is None
    assert report["changed"] == {"parent_missing": 1}


def test_reply_to_a_tombstone(export: SlackExport, load: Any) -> None:
    root = export.say("general", "slackbot", "This message was deleted.", subtype="tombstone")
    export.say("general", "Ann", "still here", thread_ts=root)
    report = load()
    assert bodies("general") == ["still here"]
    assert report["skipped"] == {"hidden": 1}
    assert report["changed"] == {"parent_missing": 1}


def test_reactions(export: SlackExport, load: Any) -> None:
    reactions = [
        {"name": "thumbsup", "users": ["UANN", "UBOB", "UBOB"], "count": 2},
        {"name": "+1", "users": ["UBOB"], "count": 1},
        {"name": "party_parrot", "users": ["UBOB"], "count": 3},
        {"name": "no emoji at all!", "users": ["UBOB"]},
        "nonsense",
    ]
    export.say("general", "Ann", "nice", reactions=reactions)
    report = load()
    stored = Reaction.objects.order_by("id").values_list("seq", "user", "emoji", "rev")
    ann, bob = slack("Ann").pk, slack("Bob").pk
    assert list(stored) == [(1, ann, "👍", 1), (1, bob, "👍", 1), (1, bob, ":party_parrot:", 1)]
    assert report["skipped"] == {"bad_reaction": 2}
    assert report["changed"] == {"custom_emoji": 1, "reactors_unknown": 1}


def test_edited_message(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "better", edited={"user": "UANN", "ts": f"{BEGIN + 60}.000000"})
    load()
    assert messages()[0].edited_at == at(60)
    assert not Revision.objects.exists()


def test_mentions(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "<@UBOB> <@UBOB|bob> <@UEVE>")
    export.say("general", "Bob", "<!channel>")
    export.say("general", "Eve", "hello")
    export.say("general", "Ann", "<@UEVE>")
    report = load()
    bob = slack("Bob").pk
    assert bodies("general") == [f"<@{bob}> <@{bob}> @UEVE", "@all", "hello", "@UEVE"]
    assert set(Mention.objects.values_list("seq", "user")) == {(1, bob), (2, None)}
    assert report["changed"] == {"unknown_mention": 2, "unknown_person": 1}


def test_me_message(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "waves", subtype="me_message")
    load()
    assert (messages()[0].body, messages()[0].meta) == ("waves", {"me": True})


def test_files_keep_their_names(export: SlackExport, load: Any) -> None:
    files = [{"name": "report.pdf"}, {"title": "Slide\n1"}, {"id": "F1", "mode": "tombstone"}]
    export.say("general", "Ann", "see", files=files)
    export.say("general", "Ann", "", subtype="file_share", file={"name": "old.txt"})
    report = load()
    assert bodies("general") == ["see\n📎 report.pdf\n📎 Slide 1\n📎 file", "📎 old.txt"]
    assert report["changed"] == {"file_not_fetched": 4}


def test_what_bots_say_beside_the_text(export: SlackExport, load: Any) -> None:
    attachments = [{"pretext": "Build", "title": "*done*", "text": "in 3 s"}, {"fallback": "ok"}]
    export.say("general", None, "", subtype="bot_message", bot_id="B", attachments=attachments)
    export.say("general", "Ann", "<http://a.b>", attachments=[{"fallback": "A preview"}])
    report = load()
    assert bodies("general") == ["Build\n**done**\nin 3 s\nok", "http://a.b"]
    assert report["changed"] == {"attachments_left_out": 1}


def test_long_text_is_split_without_loss(export: SlackExport, load: Any) -> None:
    text = "word " * 4000
    root = export.say("general", "Ann", text, reactions=[{"name": "eyes", "users": ["UBOB"]}])
    export.say("general", "Bob", "long!", thread_ts=root)
    report = load()
    *parts, reply = messages()
    assert len(parts) == 3
    assert "".join(part.body for part in parts) == text
    assert all(len(part.body) <= MAX_LENGTH for part in parts)
    assert len({part.client_id for part in parts}) == len({part.id for part in parts}) == 3
    assert reply.thread_seq == 1
    assert Reaction.objects.get().seq == 1
    assert report["changed"] == {"split": 1}


def test_nothing_in_a_long_text_is_no_message(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "a" + " " * 20_000 + "b")
    report = load()
    assert [body.strip() for body in bodies("general")] == ["a", "b"]
    assert report["changed"] == {"split": 1, "blank_part_removed": 1}


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "\x00", None, 7])
def test_message_without_a_visible_character(export: SlackExport, load: Any, text: Any) -> None:
    export.say("general", "Ann", text)
    export.say("general", "Ann", "there")
    assert load()["skipped"] == {"no_text": 1}
    assert bodies("general") == ["there"]


def test_characters_that_cannot_be_stored(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "a\x00b\ud800c 🎉")
    assert load()["changed"] == {"characters_removed": 1}
    assert bodies("general") == ["abc 🎉"]


def test_message_without_a_sender(export: SlackExport, load: Any) -> None:
    export.say("general", None, "who?")
    assert load()["skipped"] == {"no_sender": 1}


def test_the_same_message_twice(export: SlackExport, load: Any) -> None:
    export.day("general").extend([said("once", 1), said("other", 1), said("once", 1)])
    report = load()
    assert bodies("general") == ["once", "other"]
    assert report["skipped"] == {"duplicate": 1}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subtype": "message_deleted"}, "hidden"),
        ({"hidden": True}, "hidden"),
        ({"subtype": "channel_archive"}, "no_counterpart"),
        ({"subtype": "pinned_item"}, "no_counterpart"),
        ({"subtype": "bot_add"}, "no_counterpart"),
        ({"subtype": "something_new", "text": ""}, "no_event"),
        ({"type": "presence_change"}, "bad_entry"),
    ],
)
def test_what_is_no_message(
    export: SlackExport, load: Any, fields: dict[str, Any], reason: str
) -> None:
    export.say("general", "Ann", **fields)
    assert load()["skipped"] == {reason: 1}
    assert messages() == []


def test_unknown_kind_with_a_text(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "remember the milk", subtype="reminder_add")
    assert load()["changed"] == {"unknown_kind": 1}
    assert bodies("general") == ["remember the milk"]


@pytest.mark.parametrize(
    ("fields", "meta"),
    [
        (
            {"subtype": "channel_topic", "topic": "&lt;all&gt; about <http://a.b|it>"},
            {"event": "conversation.topic_changed", "topic": "<all> about [it](http://a.b)"},
        ),
        (
            {"subtype": "channel_purpose", "purpose": "ask <@UBOB>"},
            {"event": "conversation.topic_changed", "topic": "ask @Bob"},
        ),
        (
            {"subtype": "channel_name", "old_name": "talk", "name": "general"},
            {"event": "conversation.renamed", "title": "general"},
        ),
        ({"subtype": "channel_join"}, {"event": "participant.joined"}),
        ({"subtype": "channel_leave"}, {"event": "participant.left"}),
    ],
)
def test_events(
    export: SlackExport, load: Any, fields: dict[str, Any], meta: dict[str, Any]
) -> None:
    export.say("general", "Ann", "Slack's own words", **fields)
    load()
    (message,) = messages()
    assert (message.kind, message.body, message.meta) == ("system", "", meta)
    assert message.sender_id == slack("Ann").pk
    head = imported("general")
    assert head.last_at == message.created_at
    assert head.last_message_at is None


def test_invited_people_were_added(export: SlackExport, load: Any) -> None:
    export.say("general", "Ann", "", subtype="channel_join", inviter="UBOB")
    load()
    (message,) = messages()
    ids = [str(slack("Ann").pk)]
    assert message.meta == {"event": "participants.added", "userIds": ids}
    assert message.sender_id == slack("Bob").pk


def test_pins(export: SlackExport, load: Any) -> None:
    ts = export.say("general", "Ann", "the plan")
    export.say("general", "Ann", "also", pinned_to=["CGENERAL"])
    export.say("general", "Ann", "elsewhere", pinned_to=["COTHER"])
    pin = {"id": ts, "created": BEGIN + 500, "user": "UBOB"}
    export.indexes["channels.json"][0]["pins"] = [pin, "nonsense"]
    load()
    assert [(m.pinned_at, m.pinned_by_id) for m in messages()] == [
        (at(500), slack("Bob").pk),
        (at(2), None),
        (None, None),
    ]
