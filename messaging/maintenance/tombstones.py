"""Emptying many messages at once: what is left keeps its place, its sender and its client_id.

Retention and erasure do it, batch by batch. A batch is short, so that what is sent meanwhile waits
for no longer than for another message.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from attachments.actions.discard import discard_of_messages
from messaging.log import Log
from messaging.models import Mention, Reaction, Revision

BATCH = 200

EMPTY = """
UPDATE messaging_message m
SET body = '', meta = NULL, deleted_at = %(now)s, deleted_by_id = %(by)s, pinned_at = NULL,
    pinned_by_id = NULL, rev = %(rev)s + gone.place,
    fingerprint = CASE WHEN %(keeps_fingerprint)s THEN fingerprint END
FROM unnest(%(seqs)s::bigint[]) WITH ORDINALITY AS gone(seq, place)
WHERE m.conversation_id = %(conversation)s AND m.seq = gone.seq
"""


def leave_tombstones(
    log: Log, seqs: Sequence[int], *, by: UUID | None, keeps_fingerprint: bool = True
) -> None:
    """Takes text, versions, reactions, mentions and files from the messages, each with a rev.

    A fingerprint tells a retry of the message from another one; it is made of the text.
    """
    if not seqs:
        return
    conversation_id = log.conversation.pk
    for child in (Revision, Reaction, Mention):
        child.objects.filter(conversation=conversation_id, seq__in=seqs).delete()
    discard_of_messages(conversation_id=conversation_id, seqs=seqs)
    before = log.next_rev(len(seqs)) - len(seqs)
    with connection.cursor() as cursor:
        cursor.execute(
            EMPTY,
            {
                "now": log.now,
                "by": by,
                "rev": before,
                "seqs": list(seqs),
                "conversation": conversation_id,
                "keeps_fingerprint": keeps_fingerprint,
            },
        )
