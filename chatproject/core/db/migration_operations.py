"""Operations for migrations that run beside the former version in use."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently as DjangoAddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddIndexConcurrently(DjangoAddIndexConcurrently):
    """Builds an index while everybody writes, and can be tried again after it was interrupted.

    The migration needs `atomic = False`. Django's own leaves an invalid index behind when it is
    interrupted, over which the next try stumbles. Waiting here keeps nobody from anything, so the
    `lock_timeout` of `manage.py migrate` is lifted for it.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        if schema_editor.collect_sql:
            super().database_forwards(app_label, schema_editor, *states)
            return
        name = schema_editor.quote_name(self.index.name)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            patience = cursor.fetchone()[0]
            cursor.execute("SET lock_timeout = 0")
            try:
                cursor.execute(
                    "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid",
                    [name],
                )
                if cursor.fetchone():
                    cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
                super().database_forwards(app_label, schema_editor, *states)
            finally:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
