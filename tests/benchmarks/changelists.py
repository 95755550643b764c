"""`python -m tests.benchmarks.changelists`: the admin's lists over a million messages, measured.

Makes a database of its own on the tests' server, fills it by SQL, asks each page in a moderator's
and in an administrator's name, prints the fastest of TIMES in ms, since other
work on the machine only adds to it, and drops the database again.
"""

import argparse
import os
import secrets
import time
from collections.abc import Iterator
from typing import Any

import django

TIMES = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    os.environ.setdefault("TEST_SESSION", str(os.getpid()))
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    from chatproject.server.embedded_postgres import lease
    from tests import database

    lease.hold(database.CLUSTER)
    database.make_template()
    name = database.make_database()
    os.environ["DATABASE_URL"] = database.url(name)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    try:
        django.setup()
        for line in _measured(rows):
            print(line, flush=True)
    finally:
        from django.db import connection

        connection.close()
        database.drop(name)


def _measured(rows: int) -> Iterator[str]:
    from django.conf import settings
    from django.db import connection, transaction

    from tests.messages_by_sql import make_messages

    settings.ALLOWED_HOSTS = ["*"]
    begun = time.perf_counter()
    with transaction.atomic():
        make_messages(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message")
    yield f"{rows:,} messages in {time.perf_counter() - begun:.0f} s"
    yield f"{'page':58} moderator  administrator (ms)"
    for label, path in _pages():
        figures = [_fastest(client, path) for client in _clients()]
        yield f"{label:58} {figures[0]:9.0f} {figures[1]:9.0f}"


def _clients() -> list[Any]:
    from accounts.models import User
    from tests.cast import make_person
    from tests.messaging.moderation.scene import MODERATOR, make_worker, window

    chief = User.objects.filter(is_superuser=True).first()
    mod = User.objects.filter(is_staff=True, is_superuser=False).first()
    return [
        window(mod or make_worker("Mora", MODERATOR)),
        window(chief or make_person("Chief", is_staff=True, is_superuser=True)),
    ]


def _pages() -> list[tuple[str, str]]:
    from accounts.models import User
    from conversations.models import Conversation
    from messaging.models import Message

    public = Conversation.objects.filter(kind="public").first()
    person = User.objects.filter(email="p77@load.example").get()
    middle = Message.objects.filter(conversation=public, seq=3).get().created_at
    day = f"{middle:%Y-%m-%d}"
    messages = "/admin/messaging/message/"
    return [
        ("overview (made anew)", "/admin/"),
        ("messages, the newest", messages),
        ("messages, page 5", f"{messages}?p=5"),
        ("messages, pictures only", f"{messages}?kind__exact=image"),
        ("messages of a conversation", f"{messages}?q={public.pk}"),  # type: ignore[union-attr]
        ("messages of a person", f"{messages}?q={person.email}"),
        ("messages with a text", f"{messages}?text=needle"),
        ("messages with a text nobody wrote", f"{messages}?text=nowhere"),
        ("messages of a day", f"{messages}?since={day}&until={day}"),
        ("messages of a person with a text", f"{messages}?q={person.email}&text=needle"),
        ("conversations", "/admin/conversations/conversation/"),
        ("people", "/admin/accounts/user/"),
        ("people, by a part of the name", "/admin/accounts/user/?q=son+77"),
        ("a person", f"/admin/accounts/user/{person.pk}/change/"),
        ("reports", "/admin/messaging/report/"),
        ("audit log", "/admin/accounts/auditentry/"),
    ]


def _fastest(client: Any, path: str) -> float:
    from django.core.cache import cache

    spent = []
    for _ in range(TIMES):
        cache.clear()
        begun = time.perf_counter()
        answer = client.get(path)
        answer.render() if hasattr(answer, "render") else None
        spent.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return min(spent)


if __name__ == "__main__":
    main()
