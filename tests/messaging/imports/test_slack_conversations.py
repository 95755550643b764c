"""Conversations of each kind, who is in them when, and what they show to whom."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from chatproject.core.ids import direct_conversation_id
from conversations.errors import ConversationNotFound, JoinNotAllowed
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from messaging.membership.members import join_conversation
from messaging.models import Message
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, list_inbox
from tests.cast import make_person
from tests.messaging.imports.slack_export import BEGIN, SlackExport, imported, run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def export() -> SlackExport:
    return SlackExport("Ann", "Bob", "Cid")


@pytest.fixture
def load(export: SlackExport, tmp_path: Path) -> Any:
    return lambda *args: run_import(export.write(tmp_path / "export.zip"), *args)


def slack(name: str) -> User:
    return User.objects.get(origin=f"slack:T1/U{name.upper()}")


def periods(title: str) -> list[tuple[str, int, int | None]]:
    """(name, from_seq, to_seq) of each period, in order of joining."""
    rows = Participant.objects.filter(conversation=imported(title)).order_by("joined_at", "user")
    return [(p.user.name, p.from_seq, p.to_seq) for p in rows.select_related("user")]


def visible(title: str, name: str) -> list[int]:
    rows = Message.objects.within(visibility_of(imported(title).pk, slack(name).pk))
    return list(rows.order_by("seq").values_list("seq", flat=True))


def owner(title: str) -> str:
    return Participant.objects.get(conversation=imported(title), role="owner").user.name


def test_channel(export: SlackExport, load: Any) -> None:
    topic = {"value": "All &amp; everything"}
    export.conversation("general", "Ann", "Bob", topic=topic, creator="UBOB")
    export.say("general", "Ann")
    load()
    head = imported("general")
    assert (head.kind, head.topic, head.origin) == (
        "public",
        "All & everything",
        "slack:T1/CGENERAL",
    )
    assert head.created_by_id == slack("Bob").pk
    assert head.created_at.timestamp() == BEGIN - 60
    assert (head.history, head.member_count, head.locked_at) == ("everything", 2, None)
    assert owner("general") == "Bob"
    assert visible("general", "Cid") == [1]


def test_everything_counts_as_read(export: SlackExport, load: Any) -> None:
    export.conversation("general", "Ann", "Bob")
    for _ in range(3):
        export.say("general", "Ann")
    load()
    for participant in Participant.objects.all():
        assert participant.last_read_seq == participant.last_delivered_seq == 3
    inbox = list_inbox(user_id=slack("Bob").pk, after=None, limit=10, filters=Filters())
    assert [(entry["name"], entry["unread"]) for entry in inbox.entries] == [("general", 0)]


def test_history_is_read_by_seq_and_by_time(export: SlackExport, load: Any) -> None:
    export.conversation("general", "Ann")
    for n in range(5):
        export.say("general", "Ann", f"message {n}")
    load()

    def page(place: PageAnchor) -> list[str]:
        answer = history_page(
            conversation_id=imported("general").pk,
            viewer_id=slack("Bob").pk,
            anchor=place,
            limit=2,
        )
        return [message["content"] for message in answer["results"]]

    assert page(PageAnchor()) == ["message 3", "message 4"]
    assert page(PageAnchor(before=4)) == ["message 1", "message 2"]
    third = datetime.fromtimestamp(BEGIN + 3, UTC)
    assert page(PageAnchor(before=third)) == ["message 0", "message 1"]
    assert page(PageAnchor(after=third)) == ["message 3", "message 4"]


def test_private_channel(export: SlackExport, load: Any) -> None:
    export.conversation("secret", "Ann", "Bob", index="groups.json", purpose={"value": "hush"})
    export.say("secret", "Ann")
    load()
    head = imported("secret")
    assert (head.kind, head.topic, head.history) == ("group", "hush", "everything")
    assert visible("secret", "Bob") == [1]
    with pytest.raises(ConversationNotFound):
        visibility_of(head.pk, slack("Cid").pk)


def test_group_message(export: SlackExport, load: Any) -> None:
    export.conversation("mpdm-ann--bob--cid-1", "Ann", "Bob", "Cid", index="mpims.json")
    export.say("mpdm-ann--bob--cid-1", "Ann")
    load()
    head = imported("Ann, Bob, Cid")
    assert (head.kind, head.member_count) == ("group", 3)


def test_direct_conversation(export: SlackExport, load: Any) -> None:
    export.say(export.direct("Bob", "Ann"), "Ann", "psst")
    load()
    head = Conversation.objects.get()
    assert head.pk == direct_conversation_id(slack("Ann").pk, slack("Bob").pk)
    assert (head.kind, head.title, head.member_count) == ("direct", "", 2)
    assert set(head.participants.values_list("role", flat=True)) == {"member"}
    assert Message.objects.within(visibility_of(head.pk, slack("Bob").pk)).count() == 1


def test_note_to_self_and_slackbot(export: SlackExport, load: Any) -> None:
    export.say(export.direct("Ann"), "Ann", "milk")
    export.say(export.direct("Ann", "slackbot"), "slackbot", "hello")
    load()
    counts = Conversation.objects.order_by("member_count").values_list("member_count", flat=True)
    assert list(counts) == [1, 2]


def test_direct_conversations_without_messages_are_left_out(export: SlackExport, load: Any) -> None:
    export.direct("Ann", "Bob")
    export.say(export.direct("Ann", "Cid"), "Ann", "")
    report = load()
    assert report["skipped"] == {"no_text": 1, "empty_direct": 2}
    assert [c["result"] for c in report["conversations"]] == ["skipped", "skipped"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("members", [[], ["Ann", "Bob", "Cid"]])
def test_direct_conversation_of_no_two_people(
    export: SlackExport, load: Any, members: list[str]
) -> None:
    export.say(export.direct(*members), "Ann")
    assert load()["skipped"] == {"no_people": 1}


def test_empty_channel_is_a_place(export: SlackExport, load: Any) -> None:
    export.conversation("general", "Ann")
    assert load()["conversations"][0]["result"] == "imported"
    assert load()["conversations"][0]["result"] == "present"
    assert imported("general").last_seq == 0


def test_channel_without_anybody(export: SlackExport, load: Any) -> None:
    export.conversation("void")
    assert load()["skipped"] == {"no_people": 1}
    assert not Conversation.objects.exists()


def test_archived_channel_is_locked_and_has_an_owner(export: SlackExport, load: Any) -> None:
    export.conversation("old", is_archived=True, creator="UANN")
    export.say("old", "Bob")
    report = load()
    assert imported("old").locked_at is not None
    assert owner("old") == "Ann"
    assert report["changed"] == {"archived": 1}


@pytest.mark.parametrize(
    ("creator", "members", "expected"),
    [
        ("UBOB", ["Ann", "Bob"], "Bob"),
        ("UCID", ["Ann", "Bob"], "Ann"),
        ("", ["Ann", "Bob"], "Ann"),
        ("UGONE", ["Gone", "Bob"], "Bob"),
        ("UBOT", ["Bot", "Bob"], "Bob"),
        ("UBOT", ["Bot"], "Bot"),
        ("UGONE", ["Gone"], "Gone"),
    ],
)
def test_owner(
    export: SlackExport, load: Any, creator: str, members: list[str], expected: str
) -> None:
    export.person("Gone", deleted=True)
    export.person("Bot", is_bot=True)
    export.conversation("general", *members, creator=creator)
    load()
    assert owner("general") == expected


def test_only_bots_spoke_in_a_channel_of_nobody(export: SlackExport, load: Any) -> None:
    export.conversation("alarms")
    export.say("alarms", None, "fire", subtype="bot_message", bot_id="B1", username="alarm")
    load()
    assert owner("alarms") == "alarm"


def test_periods_follow_joins_and_leaves(export: SlackExport, load: Any) -> None:
    export.conversation("secret", "Ann", "Cid", index="groups.json")
    export.say("secret", "Ann", subtype="group_join")  # 1
    export.say("secret", "Bob", subtype="group_join")  # 2
    export.say("secret", "Bob", "hello")  # 3
    export.say("secret", "Bob", subtype="group_leave")  # 4
    export.say("secret", "Cid", subtype="group_leave")  # 5: had been in from the start
    export.say("secret", "Ann", "later")  # 6
    export.say("secret", "Cid", subtype="group_join", inviter="UANN")  # 7
    load()
    assert periods("secret") == [("Cid", 1, 5), ("Ann", 1, None), ("Bob", 1, 4), ("Cid", 1, None)]
    assert visible("secret", "Bob") == [1, 2, 3, 4]
    assert visible("secret", "Cid") == [1, 2, 3, 4, 5, 6, 7]
    assert imported("secret").member_count == 2
    left = Participant.objects.get(conversation=imported("secret"), user=slack("Bob"))
    assert left.left_at == Message.objects.get(seq=4).created_at
    assert (left.to_rev, left.left_title, left.last_read_seq) == (4, "secret", 4)


def test_periods_that_slack_does_not_tell(export: SlackExport, load: Any) -> None:
    """Ann is listed though she left; Bob wrote and is not listed; Cid joined and is not listed."""
    export.conversation("secret", "Ann", index="groups.json")
    export.say("secret", "Bob", "one")  # 1
    export.say("secret", "Ann", subtype="group_leave")  # 2
    export.say("secret", "Bob", "two")  # 3
    export.say("secret", "Cid", subtype="group_join")  # 4
    export.say("secret", "Ann", "three")  # 5
    load()
    assert periods("secret") == [("Ann", 1, 2), ("Bob", 1, 3), ("Cid", 1, 4), ("Ann", 1, None)]
    assert visible("secret", "Bob") == [1, 2, 3]
    assert visible("secret", "Ann") == [1, 2, 3, 4, 5]


def test_who_left_a_private_channel_cannot_come_back_alone(export: SlackExport, load: Any) -> None:
    export.conversation("secret", "Ann", index="groups.json")
    export.say("secret", "Bob", subtype="group_leave")
    load()
    with pytest.raises(JoinNotAllowed):
        join_conversation(conversation_id=imported("secret").pk, user_id=slack("Bob").pk)


def test_closed_accounts_are_in_nowhere_but_in_direct_conversations(
    export: SlackExport, load: Any
) -> None:
    export.person("Gone", deleted=True)
    export.conversation("general", "Ann", "Gone")
    export.say("general", "Gone", "bye")
    export.say("general", "Ann", "oh")
    export.say(export.direct("Ann", "Gone"), "Gone", "bye")
    load()
    assert ("Gone", 1, 2) in periods("general")
    assert imported("general").member_count == 1
    direct = Conversation.objects.get(kind="direct")
    assert direct.member_count == 2
    assert direct.locked_at is not None  # nobody would read what is written to it


def test_long_names_are_cut(export: SlackExport, load: Any) -> None:
    export.conversation("n" * 250, "Ann", topic={"value": "t" * 1200})
    assert load()["changed"] == {"name_cut": 2}
    head = Conversation.objects.get()
    assert (len(head.title), len(head.topic)) == (200, 1000)


def test_join_takes_an_account_into_public_conversations(export: SlackExport, load: Any) -> None:
    operator = make_person("Olga", email="olga@example.org")
    export.conversation("general", "Ann")
    export.conversation("secret", "Ann", index="groups.json")
    export.say("general", "Ann")
    load("--join", "Olga@example.org")
    assert imported("general").participants.open().filter(user=operator).count() == 1
    assert imported("secret").member_count == 1
    load("--join", "olga@example.org")
    assert imported("general").member_count == 2
