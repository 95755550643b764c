"""Follows and unfollows threads, and moves a follower's read pointer; nobody else is told.

Writing in a thread follows it (see `messaging.sending.thread_replies`); here it is by choice.
"""

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from chatproject.realtime.bus import publish
from conversations.events import state_changed
from conversations.models import Participant
from conversations.visibility import Visibility
from messaging.reads.threads.replies import find_thread
from messaging.reads.threads.summaries import own_threads

# A pointer never moves back. A new follower has read all present replies.
FOLLOW = """
INSERT INTO messaging_threadfollower AS f (
    conversation_id, seq, user_id, is_following, last_read_seq)
VALUES (%(conversation)s, %(seq)s, %(user)s, %(following)s, %(read)s)
ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
SET is_following = excluded.is_following,
    last_read_seq = CASE WHEN excluded.is_following
        THEN greatest(f.last_read_seq, excluded.last_read_seq) ELSE f.last_read_seq END
WHERE f.is_following <> excluded.is_following
"""

READ = """
UPDATE messaging_threadfollower
SET last_read_seq = %(read)s
WHERE conversation_id = %(conversation)s AND seq = %(seq)s AND user_id = %(user)s
  AND is_following AND last_read_seq < %(read)s
"""


def follow_thread(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Follows the thread; returns the person's own state of it as JSON. Earlier replies count as
    read.

    Raises ConversationNotFound, MessageNotFound if the person sees no such thread, NotAParticipant.
    """
    return _set_following(conversation_id, user_id, seq, following=True)


def unfollow_thread(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Unfollows the thread, until the person follows it again or writes in it. Returns and raises
    as `follow_thread` does.
    """
    return _set_following(conversation_id, user_id, seq, following=False)


def mark_thread_read(
    *, conversation_id: UUID, user_id: UUID, seq: int, up_to_seq: int
) -> dict[str, Any]:
    """Marks the replies up to `up_to_seq` (at most the last one) as read. Changes nothing for
    people who do not follow the thread. Returns and raises as `follow_thread` does.
    """
    with transaction.atomic():
        visibility, last_seq = find_thread(conversation_id, user_id, seq)
        visibility.require_participant()
        return _write(READ, visibility, seq, read=min(up_to_seq, last_seq))


def _set_following(
    conversation_id: UUID, user_id: UUID, seq: int, *, following: bool
) -> dict[str, Any]:
    with transaction.atomic():
        visibility, last_seq = find_thread(conversation_id, user_id, seq)
        visibility.require_participant()
        return _write(FOLLOW, visibility, seq, read=last_seq, following=following)


def _write(statement: str, visibility: Visibility, seq: int, **values: Any) -> dict[str, Any]:
    """Tells the person's own devices where something changed."""
    place: dict[str, Any] = {
        "conversation": visibility.conversation.pk,
        "seq": seq,
        "user": visibility.user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**place, **values})
        is_changed = cursor.rowcount > 0
    state = own_threads(visibility, [seq])[seq]
    if is_changed:
        _tell_own_devices(visibility, {"seq": seq, **state})
    return state


def _tell_own_devices(visibility: Visibility, thread: dict[str, Any]) -> None:
    """Stamps the open period, and tells the person's sockets after the commit."""
    own = Participant.objects.filter(pk=visibility.require_participant().pk)
    own.update(state_rev=F("state_rev") + 1)
    event = state_changed(
        visibility.user_id,
        visibility.conversation.pk,
        state_rev=own.values_list("state_rev", flat=True).get(),
        thread=thread,
    )
    transaction.on_commit(lambda: publish([event]), robust=True)
