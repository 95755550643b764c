"""How the database is emptied after a test that commits.

Django truncates every table, and has the signal `post_migrate` make the content types, the
permissions and the groups anew: 0.3 s of a core, since each of some hundred tables and each of
their indexes becomes another file. Here the few rows that a test wrote are deleted. Django's way
remains for what it is better at: large tables, and a change of what the migrations made.
"""

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

LARGEST = 256 << 10  # bytes of a table whose rows are deleted one by one
NOT_EMPTIED = "django_migrations"
APPEND_ONLY = "accounts_auditentry"  # the database refuses to delete from it

TABLES = """
SELECT relname::text, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> %s"""

# What migrations make, and what was in it when nothing had been written yet.
_made: dict[str, list[tuple[object, ...]]] = {}


def install() -> None:
    """Has `django_db(transaction=True)` empty the database in this way."""
    TransactionTestCase._fixture_teardown = lambda case: empty()


def note_what_migrations_made() -> None:
    """To be called when no test has written anything."""
    with connection.cursor() as cursor:
        _note(cursor, _filled(cursor, list(_sizes(cursor))))


def _note(cursor: CursorWrapper, names: list[str]) -> None:
    _made.update({name: _rows(cursor, name) for name in names})


def empty() -> None:
    """Leaves what migrations make, and nothing else."""
    if _delete():
        return
    call_command("flush", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        _note(cursor, list(_made))
    assert _delete()  # what triggers wrote meanwhile


def _delete() -> bool:
    """False, with nothing deleted, where that is Django's to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        sizes = _sizes(cursor)
        # Whoever is still writing is waited for, as by TRUNCATE.
        cursor.execute(f"LOCK TABLE {', '.join(map(_quoted, sizes))}")
        if max(sizes.values()) > LARGEST:
            return False
        if any(_rows(cursor, name) != rows for name, rows in _made.items()):
            return False
        others = [name for name in sizes if name not in _made]
        while filled := _filled(cursor, others):  # a trigger may write into one that was empty
            for name in filled:
                verb = "TRUNCATE" if name == APPEND_ONLY else "DELETE FROM"
                cursor.execute(f"{verb} {_quoted(name)}")
    return True


def _sizes(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute(TABLES, [NOT_EMPTIED])
    return dict(cursor.fetchall())


def _filled(cursor: CursorWrapper, names: list[str]) -> list[str]:
    cursor.execute(f"SELECT {', '.join(f'EXISTS (SELECT FROM {_quoted(it)})' for it in names)}")
    return [name for name, is_filled in zip(names, cursor.fetchone(), strict=True) if is_filled]


def _rows(cursor: CursorWrapper, name: str) -> list[tuple[object, ...]]:
    cursor.execute(f"SELECT * FROM {_quoted(name)} ORDER BY 1")
    return cursor.fetchall()


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
