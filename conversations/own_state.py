"""The own state of a conversation: mute, pin, archive, notifications, mark "unread", clearing.

Nobody else sees it, and it takes no rev of the log. Each change increments the period's `state_rev`
and is sent to the person's own devices; a call that changes nothing does neither. All functions
return `own_state_json`, and raise ConversationNotFound or, for people who never were members,
NotAParticipant. People who left keep their own state.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chatproject.core.errors import InvalidInput
from chatproject.realtime.bus import publish
from conversations.errors import DirectOnly, NotAParticipant
from conversations.events import own_state_changed, state_changed
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from conversations.wire import own_state_json

FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def mute_conversation(
    *, conversation_id: UUID, user_id: UUID, until: datetime | None
) -> dict[str, Any]:
    """Mutes until then, or for ever with None. Raises InvalidInput for a time in the past."""
    if until is not None and until <= timezone.now():
        raise InvalidInput.of("until", "It must lie in the future.", "out_of_range")
    return _change(conversation_id, user_id, muted_until=until or FOR_EVER)


def unmute_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, muted_until=None)


def set_notify(*, conversation_id: UUID, user_id: UUID, notify: str) -> dict[str, Any]:
    """`notify` is a value of Participant.Notify."""
    return _change(conversation_id, user_id, notify=notify)


def pin_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    """Pins the conversation at the top of the inbox; pinning again changes nothing."""
    return _change(conversation_id, user_id, pinned_at=timezone.now(), keeps="pinned_at")


def unpin_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, pinned_at=None)


def archive_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, archived_at=timezone.now(), keeps="archived_at")


def unarchive_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, archived_at=None)


def mark_unread(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    """Marks the conversation as unread; no pointer moves, and no receipt is withdrawn."""
    return _change(conversation_id, user_id, unread_mark=True)


def unmark_unread(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, unread_mark=False)


def clear_conversation(
    *, conversation_id: UUID, user_id: UUID, seq: int | None = None
) -> dict[str, Any]:
    """Clears a direct conversation for this person up to `seq`, else up to its head; what is after
    `seq` is there again. Raises DirectOnly.
    """
    with transaction.atomic():
        period = _locked_period(conversation_id, user_id)
        if period.conversation.kind != Conversation.Kind.DIRECT:
            raise DirectOnly
        head = period.conversation.last_seq
        if seq is None or seq >= head:
            return _save(period, {"cleared_seq": head, "unread_mark": False})
        return _save(period, {"cleared_seq": seq})


def _change(
    conversation_id: UUID, user_id: UUID, *, keeps: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Sets the fields; does nothing if the field that `keeps` names has a value already."""
    with transaction.atomic():
        period = _locked_period(conversation_id, user_id)
        if keeps is not None and getattr(period, keeps) is not None:
            return own_state_json(period)
        return _save(period, fields)


def _locked_period(conversation_id: UUID, user_id: UUID) -> Participant:
    """The open period, or else the last one, locked so that no `state_rev` is used twice.

    The transaction locks only this row, so it cannot deadlock.
    """
    period = (
        Participant.objects.filter(conversation=conversation_id, user=user_id)
        .select_related("conversation")
        .select_for_update(of=("self",), no_key=True)
        .order_by(F("left_at").desc(nulls_first=True), "-joined_at")
        .first()
    )
    if period is None:
        visibility_of(conversation_id, user_id)
        raise NotAParticipant
    if has_returned(period):
        # So that muting it later does not put it away again.
        Participant.objects.filter(pk=period.pk).update(archived_at=None)
        period.archived_at = None
        own_state_changed.send(sender=Participant, period=period)
    return period


def has_returned(period: Participant) -> bool:
    """Whether a new message has brought an archived conversation back, as it does unless the
    conversation is muted. No message writes that: reads of the inbox see it by the times."""
    if period.archived_at is None or period.left_at is not None:
        return False
    last_at = period.conversation.last_message_at
    is_muted = period.muted_until is not None and period.muted_until > timezone.now()
    return last_at is not None and last_at > period.archived_at and not is_muted


def _save(period: Participant, fields: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in fields.items() if getattr(period, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(period, name, value)
        period.state_rev += 1
        period.save(update_fields=[*changed, "state_rev"])
        own_state_changed.send(sender=Participant, period=period)
        _notify_own_devices(period)
    return own_state_json(period)


def _notify_own_devices(period: Participant) -> None:
    """Sends the whole own state, so that a device which missed an event is up to date again."""
    fields = own_state_json(period)
    event = state_changed(
        period.user_id,
        period.conversation_id,
        state_rev=fields.pop("stateRev"),
        **fields,
    )
    transaction.on_commit(lambda: publish([event]), robust=True)
