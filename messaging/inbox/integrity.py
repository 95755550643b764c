"""Compares the entries of inboxes with the tables they derive from, and repairs them.

A conversation whose last changes are not applied yet is behind, which is no fault: of its entries
only what people's own actions write is compared.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, fetch, send, statement
from conversations.models import Conversation
from conversations.visibility import sql
from messaging.inbox.applying import NOT_ERASED, rewrite
from messaging.inbox.columns import ACTIVE_AT, IS_ARCHIVED, PINNED
from messaging.inbox.integrity_on_shards import Differing
from messaging.inbox.integrity_on_shards import compare as compare_on_shards
from messaging.inbox.integrity_on_shards import delete_surplus as delete_surplus_on_shards
from messaging.models import InboxState

BATCH = 500  # people
FIRST = UUID(int=0)

_PEOPLE = "SELECT id FROM accounts_user WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
_DIFFERING = statement(
    """
    WITH truth AS (
        SELECT p.user_id, p.conversation_id, {pinned} AS pinned, {active_at} AS active_at,
               {is_archived} AS is_archived, s.fans_out,
               s.conversation_id IS NOT NULL AS is_known, s.rev = c.last_rev AS is_applied
        FROM conversations_participant p
        JOIN conversations_conversation c ON c.id = p.conversation_id
        LEFT JOIN messaging_inboxcursor s ON s.conversation_id = c.id
        WHERE p.user_id = ANY(ARRAY(SELECT unnest(%(people)s::uuid[])))
          AND {is_open} AND {not_erased}
    ), stored AS (
        SELECT * FROM messaging_inboxentry
        WHERE user_id = ANY(ARRAY(SELECT unnest(%(people)s::uuid[])))
    ), compared AS (
        SELECT user_id, conversation_id,
               CASE WHEN t.pinned IS NULL THEN 'surplus'
                    WHEN e.pinned IS NULL AND t.is_known THEN 'missing'
                    WHEN e.pinned <> t.pinned THEN 'pinned'
                    WHEN e.is_archived <> t.is_archived THEN 'is_archived'
                    WHEN e.fans_out <> t.fans_out THEN 'fans_out'
                    WHEN e.fans_out AND t.is_applied AND e.active_at <> t.active_at
                        THEN 'active_at' END AS what
        FROM truth t FULL JOIN stored e USING (user_id, conversation_id)
    )
    SELECT count(*), array_agg(user_id ORDER BY user_id, conversation_id)
               FILTER (WHERE what IS NOT NULL),
           array_agg(conversation_id ORDER BY user_id, conversation_id)
               FILTER (WHERE what IS NOT NULL),
           array_agg(what ORDER BY user_id, conversation_id) FILTER (WHERE what IS NOT NULL)
    FROM compared
    """,
    pinned=PINNED,
    active_at=ACTIVE_AT,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
    not_erased=NOT_ERASED,
)
_BEHIND = """
SELECT count(*) FROM conversations_conversation c
LEFT JOIN messaging_inboxcursor s ON s.conversation_id = c.id
WHERE s.rev IS DISTINCT FROM c.last_rev
"""
_DELETE_SURPLUS = statement(
    """
    DELETE FROM messaging_inboxentry e
    WHERE e.conversation_id = %(conversation)s
      AND e.user_id = ANY(ARRAY(SELECT unnest(%(people)s::uuid[])))
      AND NOT EXISTS (
          SELECT FROM conversations_participant p
          WHERE p.conversation_id = e.conversation_id AND p.user_id = e.user_id
            AND {is_open} AND {not_erased})
    """,
    is_open=sql.is_open(),
    not_erased=NOT_ERASED,
)


class Difference(NamedTuple):
    """`what` is `missing`, `surplus`, or the column that holds another value than it should."""

    what: str
    user_id: UUID
    conversation_id: UUID

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "userId": str(self.user_id),
            "conversationId": str(self.conversation_id),
        }


class Checked(NamedTuple):
    people: int
    entries: int
    differences: list[Difference]


def is_kept() -> bool:
    """Whether there are entries at all, read or not."""
    return InboxState.objects.exists()


def count_behind() -> int:
    """The conversations whose last changes are not applied yet."""
    number: int = fetch(_BEHIND, {})[0][0]
    return number


def check_entries(after: UUID = FIRST) -> Iterator[Checked]:
    """The entries of everybody behind `after`, in batches of people, each in one snapshot. On a
    distributed database, which has none, only what differs again and again is a difference."""
    while rows := fetch(_PEOPLE, {"after": after, "limit": big(BATCH)}):
        people = [row[0] for row in rows]
        number, found = compare_on_shards(people) if is_distributed() else _compare(people)
        yield Checked(len(people), number, [Difference._make(each) for each in found])
        after = people[-1]


def _compare(people: list[UUID]) -> tuple[int, list[Differing]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        ((number, *differing),) = fetch(_DIFFERING, {"people": people})
        cursor.execute("RESET enable_nestloop")
    users, conversations, what = (each or [] for each in differing)
    return number, list(zip(what, users, conversations, strict=True))


def repair_entries(differences: Iterable[Difference]) -> None:
    """Writes the entries of the conversations anew, each in a transaction under its lock."""
    people: dict[UUID, list[UUID]] = {}
    for it in differences:
        people.setdefault(it.conversation_id, []).append(it.user_id)
    for conversation_id in sorted(people):
        with transaction.atomic():
            Conversation.objects.locked().filter(pk=conversation_id).first()
            values: dict[str, Any] = {
                "conversation": conversation_id,
                "people": people[conversation_id],
            }
            if is_distributed():
                delete_surplus_on_shards(**values)
            else:
                send(_DELETE_SURPLUS, values)
            rewrite([conversation_id])
