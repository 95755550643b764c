"""The demo: a living system at the first look, safe to run again, not for production."""

import json
import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from messaging.demo import DATA, DEMO_PASSWORD, DEMO_PEOPLE
from messaging.mentions import mentioned_in
from messaging.models import Mention, Message, Reaction, Receipt, Revision
from messaging.reads.inbox.conversations import Filters, list_inbox
from tests.cast import make_person, say

pytestmark = pytest.mark.django_db
TABLES = (User, Conversation, Participant, Message, Reaction, Mention, Receipt, Revision)


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[dict[str, Any]]]:
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}


def demo(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def unread(name: str) -> dict[str, int]:
    """As the inbox tells it, by the name of the conversation, where there is anything."""
    inbox = list_inbox(user_id=demo(name).pk, after=None, limit=50, filters=Filters())
    counts = {entry["name"]: entry["unread"] for entry in inbox.entries}
    return {title: count for title, count in counts.items() if count}


def test_people_can_log_in(client: Any) -> None:
    seed()
    for name, email in DEMO_PEOPLE:
        person = User.objects.get(email=email)
        assert person.name == name
        assert person.check_password(DEMO_PASSWORD)
    others = User.objects.exclude(email__in=[email for _, email in DEMO_PEOPLE])
    assert not any(other.has_usable_password() for other in others)


def test_all_kinds_of_conversations_are_there() -> None:
    seed()
    kinds = Counter(Conversation.objects.values_list("kind", flat=True))
    assert kinds == {"public": 2, "group": 2, "broadcast": 1, "direct": 4}
    assert Conversation.objects.filter(kind="direct", member_count=1).count() == 1
    assert Message.objects.filter(conversation__title="ubuntu").count() > 300
    assert not Participant.objects.filter(user=demo("alice"), conversation__title="bugs").exists()


def test_there_is_something_to_see() -> None:
    seed()
    assert Message.objects.filter(reply_to_seq__isnull=False).count() > 50
    assert Message.objects.filter(pinned_at__isnull=False).count() == 3
    assert Reaction.objects.count() > 20
    assert Mention.objects.filter(user=demo("alice")).exists()
    edited = Message.objects.get(edited_at__isnull=False)
    bodies = list(Revision.objects.order_by("rev").values_list("body", flat=True))
    assert len(bodies) == 2
    assert bodies[1] == edited.body != bodies[0]


def test_something_waits_for_alice_and_bob() -> None:
    seed()
    assert unread("alice") == {
        "ubuntu": 9,
        "Home server": 17,
        "Tips": 1,
        "Bob Tanaka": 1,
        "Carol Okafor": 2,
    }
    assert unread("bob") == {
        "ubuntu": 4,
        "Home server": 1,
        "Tips": 1,
        "bugs": 14,
        "Carol Okafor": 1,
    }
    ubuntu = Conversation.objects.get(title="ubuntu")
    pointer = Participant.objects.get(conversation=ubuntu, user=demo("alice")).last_read_seq
    called = Mention.objects.filter(conversation=ubuntu, user=demo("alice"), seq__gt=pointer)
    assert called.count() == 1


def test_it_is_of_today() -> None:
    seed()
    newest = Message.objects.latest("created_at").created_at
    assert timedelta(0) < timezone.now() - newest < timedelta(minutes=15)


def test_counters_are_right() -> None:
    seed()
    for head in Conversation.objects.all():
        rows = list(Message.objects.filter(conversation=head).order_by("seq"))
        times = [row.created_at for row in rows]
        assert [row.seq for row in rows] == list(range(1, head.last_seq + 1))
        assert times == sorted(set(times))
        assert head.last_rev == max(row.rev for row in rows)
        assert head.last_at == head.last_message_at == times[-1]
        assert head.member_count == head.participants.open().count()
        owners = head.participants.open().filter(role="owner").count()
        assert owners == (head.kind != "direct")


def test_mentions_are_of_people_who_are_there() -> None:
    seed()
    ids = {str(pk) for pk in User.objects.values_list("pk", flat=True)}
    for body in Message.objects.values_list("body", flat=True):
        people, _ = mentioned_in(body)
        assert "<@" not in re.sub("|".join(f"<@{person}>" for person in people) or "$", "", body)
        assert set(map(str, people)) <= ids


def test_second_run_changes_nothing() -> None:
    assert "made" in seed()
    before = everything()
    assert "was there already" in seed()
    assert everything() == before


def test_what_people_did_since_stays() -> None:
    seed()
    direct = Conversation.objects.filter(kind="direct", participants__user=demo("bob")).first()
    assert direct is not None
    say(direct, demo("bob"), "really new")
    before = everything()
    seed()
    assert everything() == before


def test_people_go_on_talking_in_it() -> None:
    seed()
    ubuntu = Conversation.objects.get(title="ubuntu")
    row = say(ubuntu, demo("alice"), "hello")
    assert row["seq"] == ubuntu.last_seq + 1
    assert row["rev"] == ubuntu.last_rev + 1
    assert visibility_of(ubuntu.pk, demo("bob").pk).covers(row["seq"])


def test_if_empty_does_nothing_when_there_are_people() -> None:
    make_person("Ann")
    assert seed("--if-empty") == ""
    assert User.objects.count() == 1
    User.objects.all().delete()
    assert "made" in seed("--if-empty")


def test_account_with_a_demo_address_is_left_alone() -> None:
    account = make_person("Another Bob", email="bob@example.org")
    with pytest.raises(CommandError, match="not of the demo"):
        seed()
    assert list(User.objects.all()) == [account]
    assert not Conversation.objects.exists()


def test_refused_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="--force"):
        seed()
    assert seed("--if-empty") == ""
    assert not User.objects.exists()
    assert "made" in seed("--force")


def test_source_is_credited() -> None:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    assert "Kummerfeld" in data["source"]
    assert data["licence"].startswith("CC-BY-4.0")
    assert DATA.stat().st_size < 200_000
    seed()
    for topic in Conversation.objects.exclude(kind="direct").values_list("topic", flat=True):
        assert "Kummerfeld" in topic
