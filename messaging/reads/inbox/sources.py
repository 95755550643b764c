"""The two sources of an inbox page's conversations and order: counters, or entries.

By counters (fan-out on read) the rows of all conversations that the person is in are read and
sorted. By entries (fan-out on write, `messaging.inbox`) one range of an index is walked until the
page is full; of large conversations, and those that the person has just written in, counters are
asked all the same. Either way each row is made of the person's open period and the conversation's
row, so that an entry which is late can move a conversation down the page, and can never show one.
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Query, Rows, Steps, query
from chatproject.core.db.statements import statement
from conversations.visibility import sql
from messaging.inbox.models import NOT_PINNED
from messaging.inbox.recent_sends import RECENT_SENDS
from messaging.reads.inbox import entries_on_shards as inbox_entries_on_shards
from messaging.reads.inbox.on_shards import KEYS, merged_keys
from messaging.reads.inbox.statements import (
    ANY,
    CONVERSATIONS,
    INSIDE,
    LISTS,
    ORDER,
    PAGE,
    UNREAD_ONLY,
    Source,
    list_of,
    rows_of,
)

# Where one follower's entries were not written for so long, counters are asked. They lag for a
# second.
FRESH_SECONDS = 5
IS_FRESH = f"""
SELECT FROM messaging_inboxstate s JOIN messaging_inboxstate one ON one.id = 1
WHERE s.parts = one.parts AND s.id <= one.parts
  AND s.applied_at > statement_timestamp() - interval '{FRESH_SECONDS} seconds'
HAVING count(*) = max(one.parts)
"""

# In the order of the index. Each goes by its primary key to the period and the conversation, one
# after the other, so that no more are looked at than the page takes.
IN_ORDER = Source(
    statement(
        """
        (SELECT e.conversation_id, e.active_at FROM messaging_inboxentry e
         WHERE e.user_id = %(viewer)s AND e.fans_out
           AND (e.pinned, e.active_at, e.conversation_id)
               < (coalesce(%(pinned)s::timestamptz, '{not_pinned}'::timestamptz),
                  %(activity)s::timestamptz, %(last)s::uuid)
           AND (%(archived)s::boolean IS DISTINCT FROM true OR e.is_archived)
           AND e.conversation_id <> ALL(%(own)s::uuid[])
         ORDER BY e.pinned DESC, e.active_at DESC, e.conversation_id DESC OFFSET 0) e
        CROSS JOIN LATERAL (
            SELECT *, xmin FROM conversations_participant p
            WHERE p.conversation_id = e.conversation_id AND p.user_id = %(viewer)s AND {is_open}
            LIMIT 1) p
        CROSS JOIN LATERAL (
            SELECT *, xmin FROM conversations_conversation c WHERE c.id = e.conversation_id
            LIMIT 1) c
        """,
        not_pinned=NOT_PINNED.isoformat(),
        is_open=sql.is_open(),
    ),
    "true",
    "true",
    activity="e.active_at",
)
WALK = f"""
SELECT s.* FROM ({CONVERSATIONS}) s
WHERE (%(archived)s::boolean IS NULL OR (s.archived_at IS NOT NULL) = %(archived)s)
  AND {{filter}}
LIMIT %(limit)s
"""  # noqa: S608 (constants)

# Those whose entries say nothing of the order: few, and sorted anew each time.
BESIDE = INSIDE._replace(
    tables=statement(
        """
        (SELECT e.conversation_id FROM messaging_inboxentry e
         WHERE e.user_id = %(viewer)s AND NOT e.fans_out
         UNION SELECT unnest(%(own)s::uuid[])) e
        JOIN conversations_participant p ON p.conversation_id = e.conversation_id
        JOIN conversations_conversation c ON c.id = p.conversation_id
        """
    )
)


def _statement_by_entries(only: str) -> str:
    walked, beside = rows_of(WALK, IN_ORDER, only), rows_of(PAGE, BESIDE, only)
    page = f"""
        SELECT s.* FROM (({walked}) UNION ALL ({beside})) s ORDER BY {ORDER} LIMIT %(limit)s
    """  # noqa: S608 (constants)
    return list_of(page)


# By whether only unread ones are wanted.
BY_ENTRIES = {
    False: _statement_by_entries(ANY),
    True: _statement_by_entries(UNREAD_ONLY),
}


def page_rows(params: Mapping[str, Any], *, left: bool, unread: bool) -> Steps[Rows]:
    """The rows of a page, as `list_of` has them. What a person has left is found by counters."""
    if settings.INBOX == "entries" and not left:
        own = RECENT_SENDS.of(params["viewer"])
        rows = None if own is None else (yield from _by_entries(params, own, unread=unread))
        if rows is not None:
            return rows
    return (yield from rows_by_counters(params, left=left, unread=unread))


def rows_by_counters(params: Mapping[str, Any], *, left: bool, unread: bool) -> Steps[Rows]:
    if is_distributed():
        merge = partial(merged_keys, int(params["limit"]))
        return (yield from query(KEYS[left, unread], params, merge=merge))
    return (yield from query(LISTS[left, unread], params))


def _by_entries(
    params: Mapping[str, Any], own: Collection[UUID], *, unread: bool
) -> Steps[Rows | None]:
    """None where counters have to be asked. On a distributed database these tell what is unread."""
    if is_distributed():
        if unread:
            return None
        return (yield from inbox_entries_on_shards.page_rows(params, own, IS_FRESH))
    by_entries = Query(BY_ENTRIES[unread], {**params, "own": list(own)})
    is_fresh, rows = yield [Query(IS_FRESH, {}), by_entries]
    return rows if is_fresh else None
