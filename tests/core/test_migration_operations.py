"""Operations of migrations that are not one transaction: they pass over what an earlier try did."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from chatproject.core.db.migration_operations import AddIndexConcurrently, RemoveIndexConcurrently

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "planted_by_a_test"
ADD = AddIndexConcurrently("conversation", models.Index(fields=["title"], name=NAME))


def run(operation: AddIndexConcurrently | RemoveIndexConcurrently) -> None:
    before = ProjectState.from_apps(apps)
    if isinstance(operation, RemoveIndexConcurrently):
        ADD.state_forwards("conversations", before)
    after = before.clone()
    operation.state_forwards("conversations", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("conversations", editor, before, after)


def is_valid() -> bool | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        row = cursor.fetchone()
    return row and row[0]


def test_what_an_earlier_try_has_made_or_removed_is_passed_over() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '400ms'")
    try:
        run(ADD)
        run(ADD)
        assert is_valid() is True
        run(RemoveIndexConcurrently("conversation", NAME))
        run(RemoveIndexConcurrently("conversation", NAME))
        assert is_valid() is None
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("400ms",)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {NAME}")
            cursor.execute("RESET lock_timeout")
