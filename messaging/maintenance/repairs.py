"""Repairs what the integrity check finds wrong, conversation by conversation."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from conversations.models import Conversation
from messaging.inbox.entries import rebuild_later
from messaging.models import Message
from messaging.thread_counts import recount_threads

HEAD = """
UPDATE conversations_conversation c
SET last_seq = log.last_seq, last_rev = greatest(c.last_rev, log.last_rev),
    last_at = (SELECT created_at FROM messaging_message
               WHERE conversation_id = %(id)s AND seq = log.last_seq),
    last_message_at = (SELECT created_at FROM messaging_message
                       WHERE conversation_id = %(id)s AND kind <> 'system' AND NOT thread_only
                       ORDER BY seq DESC LIMIT 1),
    member_count = (SELECT count(*) FROM conversations_participant
                    WHERE conversation_id = %(id)s AND left_at IS NULL)
FROM (SELECT coalesce(max(seq), 0) AS last_seq, coalesce(max(rev), 0) AS last_rev
      FROM messaging_message WHERE conversation_id = %(id)s) log
WHERE c.id = %(id)s
"""

POINTERS = """
UPDATE conversations_participant p
SET last_read_seq = least(greatest(p.last_read_seq, p.from_seq - 1), c.last_seq),
    last_delivered_seq = least(p.last_delivered_seq, c.last_seq)
FROM conversations_conversation c
WHERE c.id = %(id)s AND p.conversation_id = %(id)s AND p.left_at IS NULL
  AND (p.last_read_seq NOT BETWEEN least(p.from_seq - 1, c.last_seq) AND c.last_seq
       OR p.last_delivered_seq > c.last_seq)
"""

SENT_BEHIND = """
UPDATE messaging_message m SET sent_behind = true
FROM conversations_participant p
WHERE p.conversation_id = %(id)s AND p.left_at IS NULL
  AND m.conversation_id = %(id)s AND m.sender_id = p.user_id
  AND m.seq > p.last_read_seq AND m.kind <> 'system' AND NOT m.sent_behind
"""

EMPTY_THREADS = """
DELETE FROM messaging_thread t
WHERE t.conversation_id = %(id)s AND NOT EXISTS (
    SELECT FROM messaging_message r WHERE r.conversation_id = %(id)s AND r.thread_seq = t.seq)
"""


def repair_counters(*, conversation_ids: Collection[UUID]) -> None:
    """Makes heads, pointers and marks tell what the rows hold; a missing message stays missing.

    One transaction per conversation, under its lock: what is sent meanwhile waits.
    """
    for conversation_id in sorted(conversation_ids):
        with transaction.atomic(), connection.cursor() as cursor:
            if Conversation.objects.locked().filter(pk=conversation_id).first() is None:
                continue
            for repair in (HEAD, POINTERS, SENT_BEHIND, EMPTY_THREADS):
                cursor.execute(repair, {"id": conversation_id})
            rebuild_later(conversation_id)
            replies = Message.objects.filter(conversation=conversation_id).exclude(thread_seq=None)
            roots = replies.order_by().values_list("thread_seq", flat=True).distinct()
            recount_threads(conversation_id, roots)
