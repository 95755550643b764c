"""The SQL of threads as one person sees them, and its JSON.

A root has a summary of its replies: how many, when the last one came, and who wrote first. A viewer
who sees the root in an open span sees all replies, and gets the stored summary. For anyone else
(the membership has ended, even if another one began) only visible replies count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chatproject.core.db.statements import statement
from conversations.visibility import FOREVER, sql
from messaging.wire import MAX_THREAD_PARTICIPANTS, thread_json

# The replies after the pointer of `f`, a follower of the thread `t`: visible ones of others that
# are neither deleted nor hidden.
UNREAD_REPLIES = """
SELECT count(*) FROM messaging_message r
JOIN conversations_conversation c ON c.id = {conversation}
WHERE r.conversation_id = {conversation} AND r.thread_seq = t.seq AND r.seq > f.last_read_seq
  AND {counts} AND {by_others} AND {is_visible} AND {not_hidden}
"""

# The replies visible to a viewer who does not see all of them.
VISIBLE_REPLIES = """
SELECT count(*) FILTER (WHERE {counts}), max(r.created_at) FILTER (WHERE {counts}), (
    SELECT array_agg(w.sender_id ORDER BY w.first) FROM (
        SELECT o.sender_id, min(o.seq) AS first FROM messaging_message o
        JOIN conversations_conversation c ON c.id = {conversation}
        WHERE o.conversation_id = {conversation} AND o.thread_seq = t.seq
          AND o.deleted_at IS NULL AND {is_visible_other}
        GROUP BY o.sender_id ORDER BY first LIMIT {most_people}) w)
FROM messaging_message r
JOIN conversations_conversation c ON c.id = {conversation}
WHERE {to_rev} < {forever} AND r.conversation_id = {conversation} AND r.thread_seq = t.seq
  AND {is_visible}
HAVING {to_rev} < {forever} AND count(*) > 0
"""

# One array, as `Thread` reads it; NULL where there is no thread under `seq` that somebody sees.
THREAD = """
(SELECT json_build_array(
     t.seq, shown.reply_count, shown.last_at, shown.people, coalesce(f.is_following, false),
     coalesce(f.last_read_seq, 0),
     CASE WHEN f.is_following AND t.last_seq > f.last_read_seq THEN ({unread}) ELSE 0 END)
 FROM messaging_thread t
 CROSS JOIN LATERAL (
     SELECT t.reply_count, t.last_at, t.participant_ids WHERE {to_rev} = {forever}
     UNION ALL {visible}
 ) AS shown(reply_count, last_at, people)
 LEFT JOIN messaging_threadfollower f
   ON f.conversation_id = {conversation} AND f.seq = t.seq AND f.user_id = %(viewer)s
 WHERE t.conversation_id = {conversation} AND t.seq = {seq})
"""


def unread_replies(conversation: str, user: str = sql.VIEWER) -> str:
    """How many replies of the thread `t` its follower `f` has not read."""
    return statement(
        UNREAD_REPLIES,
        conversation=conversation,
        counts=sql.counts_in_thread("r"),
        by_others=sql.by_others(user, "r"),
        is_visible=sql.is_visible("r.seq", conversation, user),
        not_hidden=sql.not_hidden("r.seq", conversation, user),
    )


def thread_column(conversation: str, seq: str, to_rev: str) -> str:
    """The thread under a message that the viewer sees with the changes up to `to_rev`."""
    visible = statement(
        VISIBLE_REPLIES,
        conversation=conversation,
        to_rev=to_rev,
        forever=str(FOREVER),
        most_people=str(MAX_THREAD_PARTICIPANTS),
        counts=sql.counts_in_thread("r"),
        is_visible=sql.is_visible("r.seq", conversation, sql.VIEWER),
        is_visible_other=sql.is_visible("o.seq", conversation, sql.VIEWER),
    )
    return statement(
        THREAD,
        conversation=conversation,
        seq=seq,
        to_rev=to_rev,
        forever=str(FOREVER),
        visible=visible,
        unread=unread_replies(conversation),
    )


class Thread(NamedTuple):
    """A thread as a person sees it; `last_read_seq` and `unread` are 0 without following it."""

    seq: int
    reply_count: int
    last_at: datetime | None
    participant_ids: Sequence[str]
    is_following: bool
    last_read_seq: int
    unread: int

    def shared_json(self) -> dict[str, Any]:
        return thread_json(self.reply_count, self.last_at, self.participant_ids)

    def own_json(self) -> dict[str, Any]:
        """The viewer's own state of the thread."""
        return own_thread_json(
            is_following=self.is_following, unread=self.unread, last_read_seq=self.last_read_seq
        )


def own_thread_json(*, is_following: bool, unread: int, last_read_seq: int) -> dict[str, Any]:
    return {"following": is_following, "unread": unread, "lastReadSeq": last_read_seq}


def thread_of_column(value: Sequence[Any] | None) -> Thread | None:
    """Of what `thread_column` selects."""
    if value is None:
        return None
    seq, reply_count, last_at, people, *own = value
    at = None if last_at is None else datetime.fromisoformat(last_at)
    return Thread(seq, reply_count, at, people or (), *own)
