"""Watermarks: how far all others have received and read; the status of own messages derives from
them.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Rows, Steps, query, reading
from chatproject.core.db.statements import statement
from conversations import receipt_rights
from conversations.models import LARGE_CONVERSATION, Conversation
from conversations.visibility import FOREVER, Visibility, sql
from messaging.reads.message_rows import VisibleMessage, Watermarks
from messaging.reads.shards import by_places, of_one_shard

# People who joined after a message count as having it: their pointers begin before their first seq.
# Of whom the others are not told it stands still where the last receipt was kept. OFFSET 0 has the
# rule asked once of each person, and not for each pointer again; where many take part it is told of
# nobody.
WATERMARKS = """
SELECT p.conversation_id, min(greatest(got.read_seq, got.delivered_seq)), min(got.read_seq)
FROM conversations_participant p
JOIN conversations_conversation c ON c.id = {conversation}
CROSS JOIN LATERAL (SELECT {is_untold} AS is_untold OFFSET 0) reader
CROSS JOIN LATERAL (
    SELECT {read_seq} AS read_seq, {delivered_seq} AS delivered_seq OFFSET 0
) got
WHERE {wanted} AND NOT {is_large} AND {is_open} AND p.user_id <> %(user)s
GROUP BY p.conversation_id
"""
PEOPLE = "SELECT p.user_id FROM conversations_participant p WHERE {wanted} AND {is_open}"
POINTER = """
CASE WHEN {is_not_shown} THEN 0 WHEN reader.is_untold THEN coalesce((
    SELECT max(r.up_to_seq) FROM messaging_receipt r
    WHERE r.conversation_id = {conversation} AND r.user_id = p.user_id AND r.kind = '{kind}'
), 0) ELSE p.{pointer} END
"""


def _pointer(conversation: str, kind: str, pointer: str) -> str:
    return statement(
        POINTER,
        conversation=conversation,
        is_not_shown=receipt_rights.is_not_shown("%(user)s"),
        kind=kind,
        pointer=pointer,
    )


def _watermarks_of(conversation: str, wanted: str, is_untold: str) -> str:
    return statement(
        WATERMARKS,
        wanted=wanted,
        conversation=conversation,
        is_large=f"(c.member_count > {LARGE_CONVERSATION})",
        is_untold=is_untold,
        is_open=sql.is_open(),
        read_seq=_pointer(conversation, "read", "last_read_seq"),
        delivered_seq=_pointer(conversation, "delivered", "last_delivered_seq"),
    )


_IN_ONE = f"p.conversation_id = {sql.CONVERSATION}"
_IN_MANY = "p.conversation_id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))"

OF_ONE, OF_MANY = (
    _watermarks_of(conversation, wanted, receipt_rights.is_untold(conversation, "p.user_id"))
    for conversation, wanted in ((sql.CONVERSATION, _IN_ONE), ("p.conversation_id", _IN_MANY))
)

# For a conversation that is known not to be direct: half the work of OF_ONE.
OF_GROUP = _watermarks_of(
    sql.CONVERSATION,
    f"{_IN_ONE} AND c.kind <> 'direct'",
    receipt_rights.is_untold_in_group(
        "p.user_id", statement(PEOPLE, wanted=_IN_ONE, is_open=sql.is_open())
    ),
)

OF_SHARD = of_one_shard(OF_MANY)

# For a conversation with oneself.
EVERYTHING = Watermarks(delivered=FOREVER, read=FOREVER)


def watermark_rows(conversation_id: UUID, user_id: UUID, *, is_group: bool = False) -> Steps[Rows]:
    """For `watermarks_of_one`, which knows whether the person is told. `is_group` where it is known
    that the conversation is no direct one, which never changes."""
    params = {"conversation": conversation_id, "user": user_id}
    return query(OF_GROUP if is_group else OF_ONE, params)


def watermarks_of_one(visibility: Visibility, rows: Rows) -> Watermarks | None:
    """By the `watermark_rows` of a conversation where one's own messages show how far they got."""
    if not _is_shown(visibility):
        return None
    conversation = visibility.conversation
    return _watermarks([conversation], rows).get(str(conversation.pk))


@reading
def watermarks_for(
    user_id: UUID, visibilities: Iterable[Visibility], messages: Collection[VisibleMessage]
) -> Steps[dict[str, Watermarks]]:
    """By conversation, of those with messages of the person's own; one query or none."""
    own = {str(m.row["conversation_id"]) for m in messages if m.is_own}
    asked = [visibility for visibility in visibilities if str(visibility.conversation.pk) in own]
    return (yield from watermarks_in.steps(user_id, asked))


@reading
def watermarks_in(
    user_id: UUID, visibilities: Iterable[Visibility]
) -> Steps[dict[str, Watermarks]]:
    """By conversation, of those that show how far the person's own messages have got."""
    shown = [visibility.conversation for visibility in visibilities if _is_shown(visibility)]
    if not shown:
        return {}
    ids = [it.pk for it in shown]
    if len(ids) == 1:
        rows = yield from watermark_rows(ids[0], user_id, is_group=not shown[0].is_direct)
    elif is_distributed():
        rows = yield from by_places(OF_SHARD, ids, {"user": user_id})
    else:
        rows = yield from query(OF_MANY, {"ids": ids, "user": user_id})
    return _watermarks(shown, rows)


def _is_shown(visibility: Visibility) -> bool:
    return visibility.participant is not None and not visibility.conversation.is_large


def _watermarks(shown: Iterable[Conversation], rows: Rows) -> dict[str, Watermarks]:
    notes = {str(it.pk): EVERYTHING for it in shown if it.is_direct}
    return notes | {
        str(conversation_id): Watermarks(delivered=delivered, read=read)
        for conversation_id, delivered, read in rows
    }
