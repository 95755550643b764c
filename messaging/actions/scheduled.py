"""Scheduled messages: writing one for later, changing and cancelling it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment, expiry
from chatproject.core.errors import InvalidInput
from conversations import posting
from conversations.visibility import Visibility, visibility_of
from messaging.archive.recalling import recall_locked
from messaging.errors import (
    AttachmentNotFound,
    ClientIdTaken,
    ReplyTargetNotFound,
    ScheduledMessageNotFound,
    ScheduledMessageSending,
    ThreadNotFound,
    TooManyScheduled,
)
from messaging.models import Message, ScheduledMessage
from messaging.sending.drafts import Draft, body_errors
from messaging.sending.scheduled_sends import draft_of, tell_gone, tell_scheduled
from messaging.tasks import send_scheduled

State = ScheduledMessage.State

MAX_SCHEDULED = 100  # of one person
HORIZON = timedelta(days=366)


class ScheduledChanges(NamedTuple):
    """The changes; None keeps a field as it is."""

    body: str | None = None
    send_at: datetime | None = None
    attachment_ids: Sequence[UUID] | None = None


def schedule_message(draft: Draft, *, send_at: datetime) -> ScheduledMessage:
    """Stores a draft to be sent at `send_at`; a retry with the same `client_id` finds it.

    The author must be allowed to post there now; that is checked again when it is sent. Raises
    InvalidInput for a time in the past or more than a year away, what `posting_refusal` gives,
    ThreadNotFound, ReplyTargetNotFound, AttachmentNotFound, ClientIdTaken, TooManyScheduled,
    ConversationNotFound.
    """
    with transaction.atomic():
        # Two requests of one author count one after the other.
        User.objects.select_for_update(no_key=True).get(pk=draft.sender_id)
        if (earlier := _earlier(draft, send_at)) is not None:
            return earlier
        _check_time(send_at)
        visibility = visibility_of(draft.conversation_id, draft.sender_id)
        posting.require_posting(visibility.conversation, visibility.require_participant())
        _check_thread(visibility, draft.thread_seq)
        _check_reply(visibility, draft)
        if ScheduledMessage.objects.filter(author=draft.sender_id).count() >= MAX_SCHEDULED:
            raise TooManyScheduled
        _keep_files(draft.sender_id, draft.attachment_ids)
        scheduled = ScheduledMessage.objects.create(
            id=draft.client_id,
            author_id=draft.sender_id,
            conversation_id=draft.conversation_id,
            body=draft.body,
            reply_to_seq=draft.reply_to_seq,
            thread_seq=draft.thread_seq,
            also_to_conversation=draft.also_to_conversation,
            attachment_ids=list(draft.attachment_ids),
            send_at=send_at,
        )
        _defer(scheduled)
        tell_scheduled(scheduled)
    return scheduled


def change_scheduled(
    *, conversation_id: UUID, author_id: UUID, scheduled_id: UUID, changes: ScheduledChanges
) -> ScheduledMessage:
    """Changes text, files or time; a refused one waits again.

    A refused one needs a new time. Raises ScheduledMessageNotFound, ScheduledMessageSending,
    InvalidInput, AttachmentNotFound.
    """
    with transaction.atomic():
        scheduled = _lock_idle(conversation_id, author_id, scheduled_id)
        if changes.send_at is not None or scheduled.state == State.REFUSED:
            scheduled.send_at = changes.send_at or scheduled.send_at
            _check_time(scheduled.send_at)
        if changes.attachment_ids is not None:
            _change_files(scheduled, changes.attachment_ids)
        if changes.body is not None:
            scheduled.body = changes.body
        may_be_empty = bool(scheduled.attachment_ids)
        if errors := body_errors(scheduled.body, may_be_empty=may_be_empty):
            raise InvalidInput(errors=errors)
        scheduled.state = State.WAITING
        scheduled.refusal_code = scheduled.refusal_detail = ""
        scheduled.save()
        _defer(scheduled)
        tell_scheduled(scheduled)
    return scheduled


def cancel_scheduled(*, conversation_id: UUID, author_id: UUID, scheduled_id: UUID) -> None:
    """Deletes it; its files wait a day for another message, as any upload does.

    Raises ScheduledMessageNotFound, ScheduledMessageSending.
    """
    with transaction.atomic():
        scheduled = _lock_idle(conversation_id, author_id, scheduled_id)
        _release_files(author_id, scheduled.attachment_ids)
        scheduled.delete()
        tell_gone(scheduled_id, author_id, scheduled.conversation_id, "cancelled")


def forget_scheduled(user_id: UUID) -> None:
    """Deletes all of a person whose account is closed. Must run in a transaction."""
    mine = ScheduledMessage.objects.filter(author=user_id)
    files = [file for each in mine for file in each.attachment_ids]
    _release_files(user_id, files)
    mine.delete()


# -- checks


def _check_time(send_at: datetime) -> None:
    now = timezone.now()
    if send_at <= now:
        raise InvalidInput.of("sendAt", "The time has to be in the future.", "past")
    if send_at > now + HORIZON:
        raise InvalidInput.of("sendAt", "The time has to be within a year.", "too_far")


def _check_thread(visibility: Visibility, seq: int | None) -> None:
    """Raises ThreadNotFound now, so that authors learn of a mistake; the send checks in full."""
    if seq is None:
        return
    _recall(visibility, seq)
    roots = Message.objects.within(visibility).filter(seq=seq, thread_seq=None)
    if not roots.exclude(kind=Message.Kind.SYSTEM).exists():
        raise ThreadNotFound


def _check_reply(visibility: Visibility, draft: Draft) -> None:
    """Raises ReplyTargetNotFound unless the target exists, in the draft's thread if it has one."""
    seq, thread_seq = draft.reply_to_seq, draft.thread_seq
    if seq is None:
        return
    _recall(visibility, seq)
    alive = Message.objects.within(visibility).filter(seq=seq, deleted_at=None)
    if thread_seq is not None and thread_seq != seq:
        alive = alive.filter(thread_seq=thread_seq)
    if not alive.exclude(kind=Message.Kind.SYSTEM).exists():
        raise ReplyTargetNotFound


def _recall(visibility: Visibility, seq: int) -> None:
    """What is in the archive becomes a row, as the send will have it."""
    if visibility.covers(seq):
        with transaction.atomic():
            recall_locked(visibility.conversation.pk, [seq])


def _earlier(draft: Draft, send_at: datetime) -> ScheduledMessage | None:
    """The message that an earlier try stored; raises ClientIdTaken if its content differs."""
    found = ScheduledMessage.objects.filter(pk=draft.client_id).first()
    if found is None:
        sent = Message.objects.filter(
            conversation=draft.conversation_id, sender=draft.sender_id, client_id=draft.client_id
        )
        if sent.exists():
            raise ClientIdTaken
        return None
    is_same = found.author_id == draft.sender_id and draft_of(found) == draft
    if not is_same or found.send_at != send_at:
        raise ClientIdTaken
    return found


# -- files, which would otherwise expire after a day


def _keep_files(uploader_id: UUID, ids: Sequence[UUID]) -> None:
    """Raises AttachmentNotFound unless all are own files that no message has claimed."""
    if not ids:
        return
    own = Attachment.objects.select_for_update().filter(pk__in=ids, uploader=uploader_id, seq=None)
    found = list(own.exclude(state=Attachment.State.REFUSED))
    if len(found) != len(set(ids)):
        raise AttachmentNotFound
    own.update(expires_at=None)


def _release_files(uploader_id: UUID, ids: Sequence[UUID]) -> None:
    waiting = Attachment.objects.filter(pk__in=ids, uploader=uploader_id, seq=None)
    waiting.update(expires_at=expiry())


def _change_files(scheduled: ScheduledMessage, ids: Sequence[UUID]) -> None:
    author_id: UUID = scheduled.author_id
    _keep_files(author_id, [each for each in ids if each not in scheduled.attachment_ids])
    _release_files(author_id, [each for each in scheduled.attachment_ids if each not in ids])
    scheduled.attachment_ids = list(ids)


# -- steps


def _lock_idle(conversation_id: UUID, author_id: UUID, scheduled_id: UUID) -> ScheduledMessage:
    scheduled = (
        ScheduledMessage.objects.select_for_update(no_key=True)
        .filter(pk=scheduled_id, author=author_id, conversation=conversation_id)
        .first()
    )
    if scheduled is None:
        raise ScheduledMessageNotFound
    if scheduled.state == State.SENDING:
        raise ScheduledMessageSending
    return scheduled


def _defer(scheduled: ScheduledMessage) -> None:
    """In the transaction of the row: there is a task exactly when there is something to send."""
    task = send_scheduled.configure(schedule_at=scheduled.send_at)
    task.defer(scheduled_id=str(scheduled.pk))
