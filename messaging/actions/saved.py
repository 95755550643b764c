"""Saves messages for later, with a reminder; only the person's own devices are told."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from accounts.models import User
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.errors import InvalidInput
from chatproject.realtime.bus import publish, to_user
from conversations.visibility import visibility_of
from messaging.archive.recalling import recall_locked
from messaging.errors import MessageNotFound, SavedMessageNotFound, TooManySaved
from messaging.models import Message, SavedMessage
from messaging.reads.saved import saved_json
from messaging.tasks import remind_of_saved

MAX_SAVED = 2_000  # of one person
HORIZON = timedelta(days=366)


class SavedChanges(NamedTuple):
    """`is_done` None keeps it. With `sets_reminder`, `remind_at` is the new reminder or None."""

    is_done: bool | None = None
    sets_reminder: bool = False
    remind_at: datetime | None = None


def save_message(
    *, conversation_id: UUID, user_id: UUID, seq: int, remind_at: datetime | None = None
) -> tuple[dict[str, Any], bool]:
    """Saves a message; returns it and whether it is new. Saving it again reopens it, and sets the
    reminder if one is given.

    Anyone who can see a message can save it. Raises ConversationNotFound, MessageNotFound,
    TooManySaved, InvalidInput for a reminder that is past or more than a year away.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        _require_visible(conversation_id, user_id, seq)
        saved = SavedMessage.objects.filter(
            conversation=conversation_id, user=user_id, seq=seq
        ).first()
        is_new = saved is None
        if saved is None:
            if SavedMessage.objects.filter(user=user_id).count() >= MAX_SAVED:
                raise TooManySaved
            saved = SavedMessage(conversation_id=conversation_id, user_id=user_id, seq=seq)
        saved.done_at = None
        if remind_at is not None:
            _set_reminder(saved, remind_at)
        if is_new:
            saved.save()
        else:
            _update(saved)
        _defer(saved)
        shape = saved_json(saved)
        _tell(saved, "open", shape)
    return shape, is_new


def change_saved(*, user_id: UUID, saved_id: UUID, changes: SavedChanges) -> dict[str, Any]:
    """Marks it as done or open, or changes its reminder.

    Raises SavedMessageNotFound, InvalidInput.
    """
    with transaction.atomic():
        saved = _lock_own(user_id, saved_id)
        if changes.is_done is not None:
            saved.done_at = (saved.done_at or timezone.now()) if changes.is_done else None
        if changes.sets_reminder:
            _set_reminder(saved, changes.remind_at)
        _update(saved)
        _defer(saved)
        shape = saved_json(saved)
        _tell(saved, "open" if saved.done_at is None else "done", shape)
    return shape


def remove_saved(*, user_id: UUID, saved_id: UUID) -> None:
    """Raises SavedMessageNotFound."""
    with transaction.atomic():
        saved = _lock_own(user_id, saved_id)
        _row(saved).delete()
        _tell(saved, "removed", None)


def remind(saved_id: UUID) -> None:
    """Reminds once when the time has come; the task's work, which may be done twice and at once."""
    with transaction.atomic():
        due = SavedMessage.objects.filter(
            pk=saved_id, remind_at__lte=timezone.now(), reminded_at=None, done_at=None
        )
        saved = _lock(due)
        if saved is None:
            return
        saved.reminded_at = timezone.now()
        _update(saved)
        _tell(saved, "due", saved_json(saved))


def defer_overdue_reminders() -> int:
    """Defers overdue reminders that lost their task, as after a restore; returns how many."""
    late = timezone.now() - timedelta(minutes=1)
    overdue = SavedMessage.objects.filter(remind_at__lt=late, reminded_at=None, done_at=None)
    ids = list(overdue.order_by("remind_at").values_list("pk", flat=True)[:1000])
    for saved_id in ids:
        task = remind_of_saved.configure(queueing_lock=f"saved:{saved_id}")
        try:
            with transaction.atomic():
                task.defer(saved_id=str(saved_id))
        except AlreadyEnqueued:
            continue
    return len(ids)


def forget_saved(user_id: UUID) -> None:
    """Deletes all of a person whose account is closed."""
    SavedMessage.objects.filter(user=user_id).delete()


def _require_visible(conversation_id: UUID, user_id: UUID, seq: int) -> None:
    visibility = visibility_of(conversation_id, user_id)
    if visibility.covers(seq):
        recall_locked(conversation_id, [seq])  # saved ones are read as rows
    if not Message.objects.within(visibility).filter(seq=seq).exists():
        raise MessageNotFound


def _lock_own(user_id: UUID, saved_id: UUID) -> SavedMessage:
    saved = _lock(SavedMessage.objects.filter(pk=saved_id, user=user_id))
    if saved is None:
        raise SavedMessageNotFound
    return saved


def _lock(rows: QuerySet[SavedMessage]) -> SavedMessage | None:
    """The row under its lock. A distributed database locks rows of one conversation at a time, so
    there the conversation is read first."""
    if is_distributed():
        rows = rows.filter(conversation__in=list(rows.values_list("conversation", flat=True)))
    return rows.select_for_update(no_key=True).first()


def _row(saved: SavedMessage) -> QuerySet[SavedMessage]:
    """By the conversation too, which says on a distributed database where the row is."""
    return SavedMessage.objects.filter(pk=saved.pk, conversation=saved.conversation_id)


def _update(saved: SavedMessage) -> None:
    _row(saved).update(
        done_at=saved.done_at, remind_at=saved.remind_at, reminded_at=saved.reminded_at
    )


def _set_reminder(saved: SavedMessage, remind_at: datetime | None) -> None:
    now = timezone.now()
    if remind_at is not None and not now < remind_at <= now + HORIZON:
        code = "past" if remind_at <= now else "too_far"
        detail = "The time has to be in the future, and within a year."
        raise InvalidInput.of("remindAt", detail, code)
    saved.remind_at, saved.reminded_at = remind_at, None


def _defer(saved: SavedMessage) -> None:
    """A task for a reminder that is to come; one that was deferred before finds nothing to do."""
    if saved.remind_at is not None and saved.reminded_at is None and saved.done_at is None:
        remind_of_saved.configure(schedule_at=saved.remind_at).defer(saved_id=str(saved.pk))


def _tell(saved: SavedMessage, state: str, shape: dict[str, Any] | None) -> None:
    event: dict[str, object] = {
        "type": "saved.changed",
        "id": str(saved.pk),
        "state": state,
        "saved": shape,
    }
    publication = to_user(saved.user_id, event, is_repeatable=True)
    transaction.on_commit(lambda: publish([publication]), robust=True)
