"""Making the whole index anew while it is in use: conversation by conversation, in place.

Which conversations are still to be made is in their cursors, so that a run that was cut off goes on
where it stopped. The index answers meanwhile by what it has; what is sent is indexed as ever.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from chatproject.core.db.statements import big, fetch, statement
from messaging.search.indexer import BATCH, index_conversations, rebuild_stretch
from messaging.search.indexes import search_index
from messaging.search.models import TEXT_VERSION, SearchCursor

NO_VERSION = 0  # of entries that are to be made anew whatever they are

STALE = statement(
    """
    SELECT c.id, c.last_seq FROM conversations_conversation c
    LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id
    WHERE c.id > %(after)s AND (s.version IS NULL OR s.version <> %(version)s) AND c.last_seq > 0
    ORDER BY c.id LIMIT %(limit)s
    """
)
LEFT = statement(
    """
    SELECT coalesce(sum(c.last_seq - coalesce(s.rebuilt_seq, 0)), 0)::bigint
    FROM conversations_conversation c
    LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id
    WHERE s.version IS NULL OR s.version <> %(version)s
    """
)
# Cursors of conversations that are no more.
STRAY = statement(
    """
    SELECT s.conversation_id FROM messaging_searchcursor s
    WHERE NOT EXISTS (SELECT FROM conversations_conversation c WHERE c.id = s.conversation_id)
    ORDER BY 1 LIMIT %(limit)s
    """
)
SLICE = 500


def begin_rebuild() -> None:
    """Marks everything as to be made anew; what was made by a run before counts no more."""
    SearchCursor.objects.update(version=NO_VERSION, rebuilt_seq=0)


def count_left() -> int:
    """Messages whose entries are still to be made."""
    count: int = fetch(LEFT, {"version": TEXT_VERSION})[0][0]
    return count


def rebuild() -> Iterator[int]:
    """Makes what is marked, and what is of another version of the text configuration; yields how
    many messages each batch had. At the end the planner learns what is there."""
    after = UUID(int=0)
    while rows := fetch(STALE, {"after": after, "version": TEXT_VERSION, "limit": big(SLICE)}):
        for conversation_id, _ in rows:
            yield from _rebuild_one(conversation_id)
        after = rows[-1][0]
    _drop_stray()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_searchentry")


def _rebuild_one(conversation_id: UUID) -> Iterator[int]:
    while (count := rebuild_stretch(conversation_id, BATCH)) is not None:
        yield count
    behind = [conversation_id]
    while behind:  # what changed since the cursor was last moved
        done = index_conversations(behind)
        behind = done.behind
        yield done.messages


def _drop_stray() -> None:
    """Entries of conversations that are no more."""
    rows = fetch(STRAY, {"limit": big(SLICE)})
    for (conversation_id,) in rows:
        search_index().forget(conversation_id)
    SearchCursor.objects.filter(pk__in=[row[0] for row in rows]).delete()
