"""Finds, in a server, conversations with new or newly read messages, for people's devices.

It costs a send nothing but a note in memory: what has gathered for a second is looked at together,
and only where somebody has a subscribed device a task is queued. What a crash leaves out is told
with the next message of the conversation.
"""

import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from chatproject.core.db.statements import fetch
from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.follower import Follower
from messaging import tasks

MOST_AT_ONCE = 500

_CREATED = b'{"type":"message.created"'
_STATE = b'{"type":"state.changed"'
_CONVERSATION, _USER = "conversation:", "user:"

_TO_NOTIFY = """
SELECT DISTINCT p.conversation_id
FROM accounts_pushsubscription s JOIN accounts_signin i ON i.id = s.sign_in_id
JOIN conversations_participant p ON p.user_id = i.user_id
WHERE p.conversation_id = ANY(%s::uuid[]) AND p.left_at IS NULL AND i.ended_at IS NULL"""

_TO_WITHDRAW = """
SELECT DISTINCT i.user_id, n.conversation_id
FROM accounts_shownnotification n JOIN accounts_pushsubscription s ON s.id = n.subscription_id
JOIN accounts_signin i ON i.id = s.sign_in_id
WHERE n.conversation_id = ANY(%s::uuid[]) AND i.user_id = ANY(%s::uuid[])"""


class DeviceFollower(Follower):
    name = "notifications for devices"
    pause = 1.0  # who looks at the conversation has read the message by then

    def __init__(self) -> None:
        super().__init__()
        self._moved: dict[str, None] = {}
        self._read: dict[tuple[str, str], None] = {}

    def follow(self, publications: Sequence[Publication]) -> None:
        for each in publications:
            if each.frame.startswith(_CREATED):
                self._moved[each.topic.removeprefix(_CONVERSATION)] = None
            elif each.frame.startswith(_STATE) and b'"lastReadSeq"' in each.frame:
                conversation_id = orjson.loads(each.frame)["conversationId"]
                self._read[each.topic.removeprefix(_USER), conversation_id] = None
            else:
                continue
            self._is_due.set()

    async def _round(self) -> None:
        moved, read = list(self._moved)[:MOST_AT_ONCE], list(self._read)[:MOST_AT_ONCE]
        for conversation_id in moved:
            del self._moved[conversation_id]
        for pair in read:
            del self._read[pair]
        if self._moved or self._read:
            self._is_due.set()
        await in_database_thread(queue_tasks, moved, read)


def queue_tasks(moved: Sequence[str], read: Sequence[tuple[str, str]]) -> None:
    """Queues what concerns somebody's device; once for each conversation, whoever asks for it."""
    for (conversation_id,) in fetch(_TO_NOTIFY, [list(moved)]) if moved else []:
        _defer(tasks.notify_devices, f"notify {conversation_id}", conversation_id=conversation_id)
    pairs = {(UUID(user), UUID(conversation)) for user, conversation in read}
    users, conversations = ([*{pair[at] for pair in pairs}] for at in (0, 1))
    for user_id, conversation_id in fetch(_TO_WITHDRAW, [conversations, users]) if read else []:
        if (user_id, conversation_id) in pairs:
            key = f"withdraw {user_id} {conversation_id}"
            _defer(
                tasks.withdraw_notifications, key, user_id=user_id, conversation_id=conversation_id
            )


def _defer(task: Task[Any, Any, Any], key: str, **ids: UUID) -> None:
    with contextlib.suppress(AlreadyEnqueued):
        task.configure(lock=key, queueing_lock=key).defer(**{k: str(v) for k, v in ids.items()})
