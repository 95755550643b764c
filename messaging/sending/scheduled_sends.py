"""Sending scheduled messages in time, or at once.

A message goes out once: its `client_id` is the id of its schedule, so a second worker, a task that
runs again and an impatient author all find the one message that is stored.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from accounts.errors import AccountSuspended
from accounts.models import User
from chatproject.core.errors import Refusal, Unavailable
from chatproject.realtime.bus import publish, to_user
from messaging.errors import ScheduledMessageNotFound
from messaging.models import Message, ScheduledMessage
from messaging.reads.messages import get_message
from messaging.reads.scheduled import scheduled_json
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message
from messaging.tasks import send_scheduled

State = ScheduledMessage.State


def send_now(*, conversation_id: UUID, author_id: UUID, scheduled_id: UUID) -> dict[str, Any]:
    """Sends it at once and returns the message; where it was sent already, that one.

    Raises the refusal of the send, after which it waits for its time as before. Raises
    ScheduledMessageNotFound for one that is neither there nor was sent.
    """
    mine = ScheduledMessage.objects.filter(
        pk=scheduled_id, author=author_id, conversation=conversation_id
    )
    before = mine.values_list("state", flat=True).first()
    mine.update(state=State.SENDING)
    scheduled = mine.first()
    if before is None or scheduled is None:
        return _sent_message(conversation_id, author_id, scheduled_id)
    try:
        result = send_message(draft_of(scheduled))
    except Refusal:
        mine.filter(state=State.SENDING).update(state=before)
        raise
    _finish(scheduled)
    return result.as_json()


def send_due(scheduled_id: UUID) -> None:
    """Sends it if its time has come; the task's work, which may be done twice and at once.

    A refusal is kept in the row and told to the author; Unavailable is raised, for another try.
    """
    scheduled = _claim(scheduled_id)
    if scheduled is None:
        return
    try:
        _require_active(scheduled.author_id)
        send_message(draft_of(scheduled))
    except Unavailable:
        raise
    except Refusal as refusal:
        _refuse(scheduled, refusal)
    else:
        _finish(scheduled)


def defer_overdue() -> int:
    """Defers again what no task has sent in time, such as after a restored backup; how many."""
    late = timezone.now() - timedelta(minutes=1)
    due = ScheduledMessage.objects.exclude(state=State.REFUSED).filter(send_at__lt=late)
    overdue = list(due.order_by("send_at")[:1000])
    for scheduled in overdue:
        task = send_scheduled.configure(queueing_lock=f"scheduled:{scheduled.pk}")
        with suppress(AlreadyEnqueued), transaction.atomic():
            task.defer(scheduled_id=str(scheduled.pk))
    return len(overdue)


def _require_active(author_id: UUID) -> None:
    """Suspended people have no sign-in to be refused by."""
    if not User.objects.active().filter(pk=author_id).exists():
        raise AccountSuspended


def _claim(scheduled_id: UUID) -> ScheduledMessage | None:
    """Marks it as being sent; None where its time has not come, or where it is gone or refused."""
    due = ScheduledMessage.objects.filter(pk=scheduled_id, send_at__lte=timezone.now())
    due.filter(state=State.WAITING).update(state=State.SENDING)
    return due.filter(state=State.SENDING).first()


def _finish(scheduled: ScheduledMessage) -> None:
    with transaction.atomic():
        deleted, _ = ScheduledMessage.objects.filter(pk=scheduled.pk).delete()
        if deleted:
            tell_gone(scheduled.pk, scheduled.author_id, scheduled.conversation_id, "sent")


def _refuse(scheduled: ScheduledMessage, refusal: Refusal) -> None:
    with transaction.atomic():
        sending = ScheduledMessage.objects.filter(pk=scheduled.pk, state=State.SENDING)
        scheduled.state = State.REFUSED
        scheduled.refusal_code, scheduled.refusal_detail = refusal.code, refusal.detail
        if sending.update(
            state=scheduled.state,
            refusal_code=scheduled.refusal_code,
            refusal_detail=scheduled.refusal_detail[:500],
        ):
            tell_scheduled(scheduled)


def draft_of(scheduled: ScheduledMessage) -> Draft:
    return Draft(
        scheduled.conversation_id,
        scheduled.author_id,
        scheduled.pk,
        scheduled.body,
        scheduled.reply_to_seq,
        tuple(scheduled.attachment_ids),
        thread_seq=scheduled.thread_seq,
        also_to_conversation=scheduled.also_to_conversation,
    )


def _sent_message(conversation_id: UUID, author_id: UUID, client_id: UUID) -> dict[str, Any]:
    sent = Message.objects.filter(
        conversation=conversation_id, sender=author_id, client_id=client_id
    )
    seq = sent.values_list("seq", flat=True).first()
    if seq is None:
        raise ScheduledMessageNotFound
    return get_message(conversation_id=conversation_id, viewer_id=author_id, seq=seq)


def tell_scheduled(scheduled: ScheduledMessage) -> None:
    shape = scheduled_json(scheduled)
    _publish(scheduled.pk, scheduled.author_id, scheduled.conversation_id, scheduled.state, shape)


def tell_gone(scheduled_id: UUID, author_id: UUID, conversation_id: UUID, state: str) -> None:
    _publish(scheduled_id, author_id, conversation_id, state, None)


def _publish(
    scheduled_id: UUID,
    author_id: UUID,
    conversation_id: UUID,
    state: str,
    shape: dict[str, Any] | None,
) -> None:
    """To the author's own devices alone."""
    event: dict[str, object] = {
        "type": "scheduled.changed",
        "conversationId": str(conversation_id),
        "id": str(scheduled_id),
        "state": state,
        "scheduled": shape,
    }
    publication = to_user(author_id, event, is_repeatable=True)
    transaction.on_commit(lambda: publish([publication]), robust=True)
