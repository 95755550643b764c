"""Writes imported messages, with times of their own, into a log by COPY.

A conversation has no members while it is imported, so nobody finds it, reads it or writes to it
before `admit_members` adds them. So nobody sees half of it, and an interrupted import can continue.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from attachments.actions.discard import discard_of_conversation
from chatproject.core.ids import uuid7
from conversations.models import Conversation, Participant
from messaging.inbox.entries import rebuild_later
from messaging.models import Mention, Message, Reaction, Thread, ThreadFollower
from messaging.thread_counts import recount_threads

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogChanged(Exception):
    """Somebody else wrote into the conversation while it was being imported."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """`path` is where the export has it."""

    name: str
    path: str


@dataclass(slots=True)
class ImportedMessage:
    """A message to store. Its rev is its seq: changes in the past have no revs of their own.

    `reactions` are (user, emoji), oldest first; a mention of None is one of everybody.
    """

    seq: int
    client_id: UUID
    sender_id: UUID | None
    created_at: datetime
    body: str = ""
    kind: str = Message.Kind.TEXT
    meta: dict[str, Any] | None = None
    reply_to_seq: int | None = None
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    pinned_by: UUID | None = None
    reactions: Sequence[tuple[UUID, str]] = ()
    mentions: Sequence[UUID | None] = ()
    thread_seq: int | None = None
    thread_only: bool = False
    files: Sequence[ImportedFile] = ()

    @property
    def id(self) -> UUID:
        """A UUIDv7 of the message's time, the same in every import of the message."""
        ms = (self.created_at - EPOCH) // timedelta(milliseconds=1)
        return UUID(int=ms << 80 | 7 << 76 | self.client_id.int & (1 << 76) - 1)


@dataclass(slots=True)
class Period:
    """A membership period to store; an ended one has `to_seq` and `left_at`.

    `last_read_seq` None stands for the last seq of the period.
    """

    user_id: UUID
    joined_at: datetime
    role: str = Participant.Role.MEMBER
    left_at: datetime | None = None
    to_seq: int | None = None
    removed_by: UUID | None = None
    last_read_seq: int | None = None


def append_history(conversation_id: UUID, messages: Sequence[ImportedMessage]) -> None:
    """Appends messages to the log in one transaction under its lock.

    Their seqs must follow on the head, and their times ascend from the last one. Raises LogChanged
    when the head is another.
    """
    with transaction.atomic():
        head = Conversation.objects.locked().get(pk=conversation_id)
        if head.last_seq != messages[0].seq - 1:
            raise LogChanged
        _copy_messages(conversation_id, messages)
        _copy_children(conversation_id, messages)
        head.last_seq = messages[-1].seq
        head.last_rev += len(messages)
        head.last_at = messages[-1].created_at
        recount_threads(conversation_id, [m.thread_seq for m in messages if m.thread_seq])
        said = (
            m.created_at
            for m in reversed(messages)
            if m.kind != Message.Kind.SYSTEM and not m.thread_only
        )
        head.last_message_at = next(said, head.last_message_at)
        head.save(update_fields=["last_seq", "last_rev", "last_at", "last_message_at"])


def delete_history(conversation_id: UUID) -> None:
    """Deletes the messages of a partly imported conversation, which has no members."""
    with transaction.atomic():
        head = Conversation.objects.locked().get(pk=conversation_id)
        discard_of_conversation(conversation_id)
        for child in (Mention, Reaction, ThreadFollower, Thread, Message):
            child.objects.filter(conversation=conversation_id).delete()
        head.last_seq = head.last_rev = 0
        head.last_at = head.last_message_at = None
        head.save(update_fields=["last_seq", "last_rev", "last_at", "last_message_at"])


def admit_members(
    conversation_id: UUID, periods: Sequence[Period], *, has_members: bool = False, **fields: Any
) -> None:
    """Adds the members and sets the conversation's `fields`, such as its kind.

    Every period shows the log from its start. Raises LogChanged when there are members already,
    except with `has_members` and in a direct conversation: there the pointers of present members
    move to the head.
    """
    with transaction.atomic():
        head = Conversation.objects.locked().get(pk=conversation_id)
        inside = Participant.objects.filter(conversation=head)
        if has_members or head.is_direct:
            inside.update(last_read_seq=head.last_seq, last_delivered_seq=head.last_seq)
            there = set(inside.values_list("user", flat=True))
            periods = [period for period in periods if period.user_id not in there]
        elif inside.exists():
            raise LogChanged
        _copy(
            "conversations_participant",
            "id conversation_id user_id role joined_at left_at removed_by_id from_seq "
            "to_seq to_rev last_read_seq last_delivered_seq left_title left_topic",
            (_participant(head, period, fields) for period in periods),
        )
        head.member_count = inside.open().count()
        head.member_rev = head.last_rev
        rebuild_later(conversation_id)
        _follow_threads(conversation_id)
        for name, value in fields.items():
            setattr(head, name, value)
        head.save(update_fields=["member_count", "member_rev", *fields])


# Who wrote in a thread, or began it, follows it, and has read it. In two parts, since a join by
# either of two columns looks at all messages for each thread where there are no statistics.
FOLLOW_THREADS = """
INSERT INTO messaging_threadfollower AS f (
    conversation_id, seq, user_id, is_following, last_read_seq)
SELECT t.conversation_id, t.seq, m.sender_id, true, t.last_seq
FROM messaging_thread t
JOIN messaging_message m ON m.conversation_id = t.conversation_id AND m.seq = t.seq
WHERE t.conversation_id = %(conversation)s AND m.sender_id IS NOT NULL
UNION
SELECT t.conversation_id, t.seq, m.sender_id, true, t.last_seq
FROM messaging_thread t
JOIN messaging_message m ON m.conversation_id = t.conversation_id AND m.thread_seq = t.seq
WHERE t.conversation_id = %(conversation)s AND m.sender_id IS NOT NULL
ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
SET last_read_seq = greatest(f.last_read_seq, excluded.last_read_seq)
"""


def _follow_threads(conversation_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW_THREADS, {"conversation": conversation_id})


def _participant(head: Conversation, period: Period, fields: dict[str, Any]) -> tuple[Any, ...]:
    shown = head.last_seq if period.to_seq is None else period.to_seq
    read = shown if period.last_read_seq is None else period.last_read_seq
    has_left = period.left_at is not None
    return (
        uuid7(),
        head.pk,
        period.user_id,
        period.role,
        period.joined_at,
        period.left_at,
        period.removed_by,
        1,
        period.to_seq,
        period.to_seq,  # a past message's rev is its seq
        read,
        shown,
        fields.get("title", head.title) if has_left else "",
        fields.get("topic", head.topic) if has_left else "",
    )


def _copy_messages(conversation_id: UUID, messages: Iterable[ImportedMessage]) -> None:
    _copy(
        "messaging_message",
        "id conversation_id seq rev sender_id client_id kind body meta reply_to_seq thread_seq "
        "thread_only created_at edited_at pinned_at pinned_by_id",
        (
            (
                m.id,
                conversation_id,
                m.seq,
                m.seq,
                m.sender_id,
                m.client_id,
                m.kind,
                m.body,
                None if m.meta is None else json.dumps(m.meta),
                m.reply_to_seq,
                m.thread_seq,
                m.thread_only,
                m.created_at,
                m.edited_at,
                m.pinned_at,
                m.pinned_by,
            )
            for m in messages
        ),
    )


def _copy_children(conversation_id: UUID, messages: Sequence[ImportedMessage]) -> None:
    _copy(
        "messaging_reaction",
        "conversation_id seq user_id emoji rev created_at",
        (
            (conversation_id, m.seq, user_id, emoji, m.seq, m.created_at)
            for m in messages
            for user_id, emoji in m.reactions
        ),
    )
    _copy(
        "messaging_mention",
        "conversation_id seq user_id",
        ((conversation_id, m.seq, user_id) for m in messages for user_id in m.mentions),
    )


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({', '.join(columns.split())}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
