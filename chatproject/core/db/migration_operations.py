"""Operations for migrations that run beside the former version in use.

A migration with `atomic = False` that is interrupted begins again with its first operation, so each
of these passes over what an earlier try has done. Waiting in them keeps nobody from anything, so
the `lock_timeout` of `manage.py migrate` is lifted for them.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently as DjangoAddIndexConcurrently
from django.contrib.postgres.operations import (
    RemoveIndexConcurrently as DjangoRemoveIndexConcurrently,
)
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


class _Resumable(Operation):
    """Mixed in before an operation of Django's, it passes over what is done already."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        if schema_editor.collect_sql:
            super().database_forwards(app_label, schema_editor, *states)
            return
        with _patient(schema_editor) as cursor:
            if not self.is_done(cursor, schema_editor.quote_name):
                super().database_forwards(app_label, schema_editor, *states)

    @abstractmethod
    def is_done(self, cursor: Any, quote: Callable[[str], str]) -> bool:
        """Whether nothing is left to do, after what an earlier try has left was cleared away."""


class AddIndexConcurrently(_Resumable, DjangoAddIndexConcurrently):
    """Builds an index while everybody writes.

    Django's own leaves an invalid index behind when it is interrupted, over which the next try
    stumbles.
    """

    def is_done(self, cursor: Any, quote: Callable[[str], str]) -> bool:
        name = quote(self.index.name)
        is_valid = _validity(cursor, name)
        if is_valid is False:
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
        return bool(is_valid)


class RemoveIndexConcurrently(_Resumable, DjangoRemoveIndexConcurrently):
    """Removes an index while everybody writes."""

    def is_done(self, cursor: Any, quote: Callable[[str], str]) -> bool:
        return _validity(cursor, quote(self.name)) is None


def _validity(cursor: Any, name: str) -> bool | None:
    """Whether the index can be used; None where there is none of that name."""
    cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
    row: tuple[bool] | None = cursor.fetchone()
    return row and row[0]


@contextmanager
def _patient(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[Any]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        patience = cursor.fetchone()[0]
        cursor.execute("SET lock_timeout = 0")
        try:
            yield cursor
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
