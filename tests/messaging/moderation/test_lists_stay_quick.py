"""The admin's lists over a long log: no query reads the whole of it, whatever is asked for."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conversations.models import Conversation
from messaging.models import Message
from tests.cast import make_person
from tests.messages_by_sql import make_messages
from tests.messaging.moderation.scene import MODERATOR, make_worker, window

pytestmark = pytest.mark.django_db
ROWS = 60_000
MESSAGES = "/admin/messaging/message/"


def plans_of(person: User, path: str) -> list[str]:
    """The plan of each query of the page that reads the log."""
    with CaptureQueriesContext(connection) as asked:
        assert window(person).get(path).status_code == 200
    plans = []
    for query in asked.captured_queries:
        if "messaging_message" in query["sql"] and query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), ())
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return plans


def test_no_list_reads_the_whole_log() -> None:
    make_messages(ROWS)
    conversation = Conversation.objects.filter(kind="public").first()
    assert conversation is not None
    day = f"{Message.objects.earliest('id').created_at:%Y-%m-%d}"
    people = [
        make_worker("Mora", MODERATOR),
        make_person("Chief", is_staff=True, is_superuser=True),
    ]
    for path in (
        MESSAGES,
        f"{MESSAGES}?p=3",
        f"{MESSAGES}?kind__exact=image",
        f"{MESSAGES}?q={conversation.pk}",
        f"{MESSAGES}?q=p77@load.example",
        f"{MESSAGES}?text=needle",
        f"{MESSAGES}?q=p77@load.example&text=needle",
        f"{MESSAGES}?since={day}&until={day}",
        "/admin/conversations/conversation/",
        "/admin/",
    ):
        for person in people:
            for plan in plans_of(person, path):
                assert "Seq Scan on messaging_message" not in plan, (path, plan)


def found(person: User, **asked: str) -> list[str]:
    listed = window(person).get(MESSAGES, asked).context["cl"].result_list
    return [re.sub(r"\D", "", message.body) for message in listed]


def test_messages_are_found_by_text_time_kind_and_person() -> None:
    make_messages(5_000)
    chief = make_person("Chief", is_staff=True, is_superuser=True)
    assert found(chief, text="NEEDLE") == ["4000", "3000", "2000", "1000", "0"]
    assert found(chief, text="needle", kind__exact="image") == ["4000", "3000", "2000", "1000", "0"]
    assert found(chief, text="needle", kind__exact="file") == []
    sender = Message.objects.get(body__contains="number 3000 ").sender
    assert found(chief, text="needle", q=str(sender.email)) == ["3000"]
    newest = Message.objects.latest("id").created_at
    assert found(chief, since="2100-01-01") == []
    assert found(chief, until="1999-12-31") == []
    assert found(chief, since=f"{newest:%Y-%m-%d}")[0] == "4999"
    assert found(chief, since="no day")[0] == "4999"


def test_a_page_of_the_list_asks_few_queries() -> None:
    make_messages(5_000)
    client = window(make_worker("Mora", MODERATOR))
    with CaptureQueriesContext(connection) as asked:
        client.get(MESSAGES)
    assert len(asked) <= 9, [query["sql"][:80] for query in asked.captured_queries]
