"""One process at a time works on the archive; any number read it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from messaging.archive.errors import ArchiveBusy
from messaging.archive.row_groups import require_installed
from messaging.archive.store_reads import patient

LOCK = 0x63686174_61726368  # "chatarch"


@contextmanager
def working() -> Iterator[None]:
    """Holds an advisory lock of the connection, which goes with it. Raises ArchiveBusy,
    ArchiveNotInstalled."""
    require_installed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise ArchiveBusy
    try:
        with patient():
            yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
