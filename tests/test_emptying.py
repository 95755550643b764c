"""After a test that commits, the database is as the migrations left it."""

import threading
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accounts.audit.audit_log import record
from accounts.models import User
from messaging.moderation.models import WordFilter
from tests import emptying
from tests.cast import make_conversation, make_person, say
from tests.citus import cluster
from tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(cluster.is_there(), reason="a distributed database is emptied by Django"),
]


def filled() -> set[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return {name for name in names if holds_rows(name)}


def holds_rows(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}")')
        return bool(cursor.fetchone()[0])


MADE = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
}


def test_what_was_written_is_gone() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    say(make_conversation(ann, bob), ann)
    record(by=ann, action="x.done", reason="first")
    WordFilter.objects.create(word="forbidden")
    types = set(ContentType.objects.values_list("pk", "app_label", "model"))
    assert filled() > MADE
    emptying.empty()
    assert filled() == MADE
    assert set(ContentType.objects.values_list("pk", "app_label", "model")) == types


def test_what_migrations_made_comes_back() -> None:
    names = set(Group.objects.values_list("name", flat=True))
    assert names
    Group.objects.all().delete()
    Group.objects.create(name="of a test")
    ContentType.objects.create(app_label="of", model="a test")
    emptying.empty()
    assert set(Group.objects.values_list("name", flat=True)) == names
    assert not ContentType.objects.filter(app_label="of").exists()
    assert filled() == MADE


def test_a_large_table_is_truncated() -> None:
    User.objects.bulk_create(
        User(name="x" * 60, email=f"{uuid4()}@example.org") for _ in range(2_000)
    )
    emptying.empty()
    assert filled() == MADE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('accounts_user')")
        assert cursor.fetchone() == (0,)


def test_who_still_writes_is_waited_for() -> None:
    has_written, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            make_person("Ann")
            has_written.set()
            may_commit.wait(20)
        connection.close()

    def commit_when_waited_for() -> None:
        eventually(is_waited_for)
        connection.close()
        may_commit.set()

    threads = [threading.Thread(target=each) for each in (write, commit_when_waited_for)]
    threads[0].start()
    assert has_written.wait(20)
    threads[1].start()
    emptying.empty()
    for thread in threads:
        thread.join()
    assert filled() == MADE


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return bool(cursor.fetchone()[0])
