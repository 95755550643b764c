"""Turns messages into tombstones, which keep seq, sender and client_id but no content.

Retention and erasure use it in batches. A batch is short, so that concurrent sends wait little.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from attachments.actions.discard import discard_of_messages
from messaging.link_previews import forget_link_previews
from messaging.log import Log
from messaging.models import Delivery, Forward, Mention, Message, PollVote, Reaction, Revision
from messaging.thread_counts import recount_threads

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
    """Deletes body, revisions, reactions, mentions and files of the messages; each takes a rev.

    Without `keeps_fingerprint` the hash of the draft, which depends on its body, is deleted too.
    """
    if not seqs:
        return
    conversation_id = log.conversation.pk
    for child in (Revision, Reaction, Mention, Forward, Delivery, PollVote):
        child.objects.filter(conversation=conversation_id, seq__in=seqs).delete()
    discard_of_messages(conversation_id=conversation_id, seqs=seqs)
    forget_link_previews(conversation_id, seqs)
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
    threads = Message.objects.filter(conversation=conversation_id, seq__in=seqs)
    roots = threads.exclude(thread_seq=None).values_list("thread_seq", flat=True).distinct()
    recount_threads(conversation_id, roots)
