"""Writes to a conversation's log; everything but sending does it here (see `messaging.sending`).

    with writing(conversation_id) as log:
        ...check the rights, after the lock...
        log.append_system("conversation.renamed", by=user_id, title=title)

One transaction under the conversation's row lock. The counters are saved once at the end, and the
announced events are published after the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from chatproject.realtime.bus import Publication, publish
from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from messaging import events
from messaging.models import Message
from messaging.reads.cache.shared_pages import drop_page
from messaging.wire import message_json, row_of


class Log:
    """A conversation that is locked in this transaction, and its events to publish."""

    def __init__(self, conversation: Conversation, now: datetime) -> None:
        self.conversation = conversation
        self.now = now  # the database's clock
        self._publications: list[Publication] = []
        self._changed: set[str] = set()
        self._changes = 0  # of messages that were there, and of the conversation

    def append_system(
        self, event: str, *, by: UUID | None, members: int | None = None, **fields: Any
    ) -> Message:
        """Appends a system message, which holds an event and ids, never prose.

        It is announced as `message.created`. `fields` are JSON values, ids as text. Pass `members`
        when the event changes who is in or what they may see: the change of the number of members,
        0 when only rights or ranges change. `member_rev` then becomes this rev, which tells hubs to
        read the ranges again before they deliver.
        """
        head = self.conversation
        head.last_seq += 1
        message = Message.objects.create(
            conversation=head,
            seq=head.last_seq,
            rev=self.next_rev(),
            sender_id=by,
            kind=Message.Kind.SYSTEM,
            meta={"event": event, **fields},
            created_at=self._clock(),
        )
        self._changes -= 1
        head.last_at = message.created_at
        self._changed |= {"last_seq", "last_at"}
        if members is not None:
            head.member_rev = message.rev
            head.member_count += members
            self._changed |= {"member_rev", "member_count"}
        self.announce(
            "message.created",
            seq=message.seq,
            rev=message.rev,
            message=message_json(row_of(message)),
        )
        return message

    def next_rev(self, number: int = 1) -> int:
        """Takes the next rev, or the next `number` of them; returns the last one.

        The caller sets it on the messages that change. Many changes at once need no announcement:
        hubs see that the rev has moved.
        """
        self.conversation.last_rev += number
        self._changes += number
        self._changed.add("last_rev")
        return self.conversation.last_rev

    def update(self, **fields: Any) -> None:
        """Sets fields of the conversation's row, saved with the counters."""
        for name, value in fields.items():
            setattr(self.conversation, name, value)
        self._changed |= set(fields)

    def announce(self, name: str, *, seq: int, rev: int, **fields: Any) -> None:
        """Publishes an event after the commit, with the present `member_rev`."""
        self.publish(events.in_log(self.conversation, name, seq=seq, rev=rev, **fields))

    def publish(self, publication: Publication) -> None:
        self._publications.append(publication)

    def close(self) -> None:
        """Saves the counters and registers the publishing; the transaction's last step."""
        if self._changed:
            self.conversation.save(update_fields=sorted(self._changed))
        if self._changes:
            head = self.conversation
            transaction.on_commit(lambda: drop_page(head.pk, head.last_rev), robust=True)
        if self._publications:
            transaction.on_commit(lambda: publish(self._publications), robust=True)

    def _clock(self) -> datetime:
        """The transaction's time, but later than the log's last row, so a time is a cursor too."""
        last = self.conversation.last_at
        return self.now if last is None else max(self.now, last + timedelta(microseconds=1))


@contextmanager
def writing(conversation_id: UUID) -> Iterator[Log]:
    """Locks a log; raises ConversationNotFound. The caller checks rights inside, after the lock."""
    with transaction.atomic():
        rows = Conversation.objects.locked().annotate(db_now=Now())
        conversation = rows.filter(pk=conversation_id).first()
        if conversation is None:
            raise ConversationNotFound
        log = Log(conversation, conversation.db_now)  # type: ignore[attr-defined]
        yield log
        log.close()
