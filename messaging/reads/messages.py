"""Single messages."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Steps, reading, together
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.visibility import FOREVER, Visibility, sql
from messaging.archive.reading import across, archived_of, archived_params
from messaging.errors import MessageNotFound
from messaging.reads.consistency import read_consistently
from messaging.reads.message_rows import (
    NOBODY,
    OF_ONE,
    VisibleMessage,
    message_from_row,
    shared_json,
    viewer_json,
)
from messaging.reads.people import people_in
from messaging.reads.watermarks import watermarks_for
from messaging.reads.window import window

WHOLE = statement(
    """
    SELECT {columns}
    FROM unnest(%(seqs)s::bigint[]) AS wanted(seq)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(coalesce(p.to_rev, {forever})), {forever})::bigint AS to_rev
        FROM conversations_participant p
        WHERE p.conversation_id = %(conversation)s AND p.user_id = %(viewer)s
          AND {in_period}) s
    JOIN messaging_message m ON m.conversation_id = %(conversation)s AND m.seq = wanted.seq
    {joins}
    ORDER BY m.seq
    """,
    columns=OF_ONE.columns,
    joins=OF_ONE.joins,
    in_period=sql.in_period("wanted.seq"),
    forever=str(FOREVER),
)


@reading
def get_message(*, conversation_id: UUID, viewer_id: UUID, seq: int) -> Steps[dict[str, Any]]:
    """The message as the person sees it, and the `people` in it.

    Raises ConversationNotFound, MessageNotFound.
    """
    visibility, message = yield from find_message.steps(conversation_id, viewer_id, seq)
    watermarks, people = yield from together(
        watermarks_for.steps(viewer_id, [visibility], [message]), people_in.steps([message])
    )
    return {**viewer_json(message, watermarks.get(str(conversation_id))), "people": people}


@reading
def find_message(
    conversation_id: UUID, viewer_id: UUID, seq: int
) -> Steps[tuple[Visibility, VisibleMessage]]:
    """Raises ConversationNotFound, and MessageNotFound for what they may not see or have hidden."""

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        found = yield from window.steps(visibility, seq, seq, limit=1, newest_first=True)
        return found.messages

    visibility, rows = yield from read_consistently.steps(conversation_id, viewer_id, read)
    if not rows:
        raise MessageNotFound
    return visibility, rows[0]


def own_message(conversation_id: UUID, seq: int, *, sender_id: UUID) -> VisibleMessage:
    """The message as it stands now, or stood when its sender left; no right is asked. One query."""
    (message,) = _whole(conversation_id, [seq], viewer_id=sender_id)
    return message


def whole_messages(
    conversation_id: UUID, seqs: Collection[int], *, viewer_id: UUID = NOBODY
) -> list[dict[str, Any]]:
    """The shared shapes, as they stand now, or stood when the viewer left; who may see them is for
    the caller to check."""
    return [shared_json(message) for message in _whole(conversation_id, seqs, viewer_id=viewer_id)]


def _whole(
    conversation_id: UUID, seqs: Collection[int], *, viewer_id: UUID
) -> list[VisibleMessage]:
    asked = {"viewer": viewer_id, "conversation": conversation_id, "seqs": bigs(seqs)}
    found = [message_from_row(row) for row in fetch(WHOLE, asked)]
    missing = set(seqs) - {message.row["seq"] for message in found}
    archived = archived_of(conversation_id, missing) if missing else []
    if not archived:
        return found
    rows = fetch(across(WHOLE), {**asked, **archived_params(archived)})
    return [message_from_row(row) for row in rows]
