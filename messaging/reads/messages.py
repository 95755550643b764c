"""Single messages, and the versions of their text."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.statements import bigs, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import FOREVER, Sight
from messaging.errors import MessageNotFound
from messaging.models import Message, Revision
from messaging.reads.history import window
from messaging.reads.message_rows import BESIDE, NOBODY, SHOWN, Shown, own_json, shared_json, shown
from messaging.reads.people import people_in
from messaging.reads.visibility import look
from messaging.reads.watermarks import watermarks_for
from messaging.wire import MessageRow

WHOLE = statement(
    """
    SELECT {shown}
    FROM unnest(%(seqs)s::bigint[]) AS wanted(seq)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(coalesce(p.to_rev, {forever})), {forever})::bigint AS to_rev
        FROM conversations_participant p
        WHERE p.conversation_id = %(conversation)s AND p.user_id = %(viewer)s
          AND p.from_seq <= wanted.seq AND (p.to_seq IS NULL OR wanted.seq <= p.to_seq)) s
    JOIN messaging_message m ON m.conversation_id = %(conversation)s AND m.seq = wanted.seq
    {beside}
    ORDER BY m.seq
    """,
    shown=SHOWN,
    beside=BESIDE,
    forever=str(FOREVER),
)


def get_message(*, conversation_id: UUID, viewer_id: UUID, seq: int) -> dict[str, Any]:
    """The message as the person sees it, and the `people` in it.

    Raises ConversationNotFound, MessageNotFound.
    """
    sight, message = find_message(conversation_id, viewer_id, seq)
    floors = watermarks_for(viewer_id, [sight], [message]).get(str(conversation_id))
    return {**own_json(message, floors), "people": people_in([message])}


def find_message(conversation_id: UUID, viewer_id: UUID, seq: int) -> tuple[Sight, Shown]:
    """Raises ConversationNotFound, and MessageNotFound for what they may not see or have hidden."""

    def read(sight: Sight) -> Sequence[Shown]:
        return window(sight, seq, seq, limit=1, newest_first=True)

    sight, rows = look(conversation_id, viewer_id, read)
    if not rows:
        raise MessageNotFound
    return sight, rows[0]


def list_revisions(*, conversation_id: UUID, viewer_id: UUID, seq: int) -> list[dict[str, Any]]:
    """The versions of the text, oldest first; none of a deleted or a system message.

    Who left sees the ones up to then. Raises ConversationNotFound, MessageNotFound.
    """
    sight, message = find_message(conversation_id, viewer_id, seq)
    row, span = message.row, sight.span_of(seq)
    if row["deleted_at"] is not None or row["kind"] == Message.Kind.SYSTEM:
        return []
    last_rev = min(span.to_rev if span else 0, sight.conversation.last_rev)
    versions = list(
        Revision.objects.filter(conversation=conversation_id, seq=seq, rev__lte=last_rev)
        .order_by("rev")
        .values_list("rev", "body", "created_at")
    ) or [(0, row["body"], row["created_at"])]
    return [{"rev": rev, "content": body, "createdAt": rfc3339(at)} for rev, body, at in versions]


def sent_message(row: MessageRow) -> dict[str, Any]:
    """What the sender is answered: the stored message as it now stands, to a retry too.

    One query. A retry is answered before any right is asked, so none is asked here; but who
    has left is told nothing of what was done to the message since.
    """
    sender_id = row["sender_id"]
    assert sender_id is not None, "what was sent has a sender"
    (message,) = _whole(row["conversation_id"], [row["seq"]], viewer_id=sender_id)
    return own_json(message, None)


def whole_messages(
    conversation_id: UUID, seqs: Collection[int], *, viewer_id: UUID = NOBODY
) -> list[dict[str, Any]]:
    """The shared shapes, as they stand now, or stood when the viewer left; who may see them is for
    the caller to check."""
    return [shared_json(message) for message in _whole(conversation_id, seqs, viewer_id=viewer_id)]


def _whole(conversation_id: UUID, seqs: Collection[int], *, viewer_id: UUID) -> list[Shown]:
    rows = fetch(WHOLE, {"viewer": viewer_id, "conversation": conversation_id, "seqs": bigs(seqs)})
    return [shown(row) for row in rows]
