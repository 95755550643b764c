"""The messages that are pinned to a conversation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.statements import bigs, fetch, statement
from conversations.visibility import FOREVER, Sight
from messaging.reads.message_rows import BESIDE, NOT_HIDDEN, SHOWN, Shown, own_json, shown
from messaging.reads.people import people_in
from messaging.reads.visibility import look
from messaging.reads.watermarks import watermarks_for

PINNED = statement(
    """
    SELECT {shown}
    FROM unnest(%(froms)s::bigint[], %(tos)s::bigint[], %(to_revs)s::bigint[])
        AS s(from_seq, to_seq, to_rev)
    JOIN messaging_message m ON m.conversation_id = %(conversation)s AND m.pinned_at IS NOT NULL
        AND m.seq BETWEEN s.from_seq AND s.to_seq
    {beside}
    WHERE {not_hidden}
    ORDER BY m.pinned_at DESC, m.seq DESC
    """,
    shown=SHOWN,
    beside=BESIDE,
    not_hidden=NOT_HIDDEN,
)


def list_pins(*, conversation_id: UUID, viewer_id: UUID) -> dict[str, Any]:
    """All pinned messages that the person sees, the last pinned first, as a list without pages.

    Pins belong to who is in, as everywhere: who left is shown none. Raises ConversationNotFound.
    """
    sight, rows = look(conversation_id, viewer_id, _pinned)
    floors = watermarks_for(viewer_id, [sight], rows).get(str(conversation_id))
    return {
        "results": [own_json(row, floors) for row in rows],
        "next": None,
        "previous": None,
        "rev": sight.rev,
        "people": people_in(rows),
    }


def _pinned(sight: Sight) -> Sequence[Shown]:
    spans = [span for span in sight.spans if span.to_rev == FOREVER]
    if not spans:
        return []
    rows = fetch(
        PINNED,
        {
            "viewer": sight.user_id,
            "conversation": sight.conversation.pk,
            "froms": bigs(span.from_seq for span in spans),
            "tos": bigs(span.to_seq for span in spans),
            "to_revs": bigs(span.to_rev for span in spans),
        },
    )
    return [shown(row) for row in rows]
