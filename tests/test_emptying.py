"""That a test finds nothing of one that commits, whichever way the database is emptied."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection

from accounts.audit.audit_log import record
from attachments.tasks import remove_objects
from messaging.moderation.models import WordFilter
from tests import emptying
from tests.cast import make_conversation, make_person, say

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> dict[str, int]:
    """The number of rows of each table that has any."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            (found[table],) = cursor.fetchone()
    return {table: rows for table, rows in found.items() if rows}


def change_nothing() -> None:
    pass


def change_a_group() -> None:
    Group.objects.all()[0].permissions.clear()


def rename_a_permission() -> None:
    Permission.objects.filter(codename="add_group").update(name="another")


def make_a_rule() -> None:
    WordFilter.objects.create(word="foul", act="flag")


@pytest.mark.parametrize("most_bytes", [emptying.MOST_BYTES, 0], ids=["deleted", "truncated"])
@pytest.mark.parametrize(
    "change", [change_nothing, change_a_group, rename_a_permission, make_a_rule]
)
def test_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[], None], most_bytes: int
) -> None:
    monkeypatch.setattr(emptying, "MOST_BYTES", most_bytes)
    emptying.empty_database()
    before = filled()
    ann, ben = make_person("Ann"), make_person("Ben")
    say(make_conversation(ann, ben), ann)
    record(by=ann, action="person.greeted", subject=ben)
    remove_objects.defer(keys=[])
    change()
    assert {"messaging_message", "accounts_auditentry", "procrastinate_jobs"} <= set(filled())
    emptying.empty_database()
    assert filled() == before
    assert not Permission.objects.filter(name="another").exists()
