"""One's own view of a conversation: mute, pin, archive, notifications, the mark "unread", clearing.

Nobody else learns of it, and it takes no rev of the log. Each change stamps the period with the
next `state_rev` and is told to the person's own devices; what changes nothing takes none.
All functions return the person's `own_state_json`, and raise ConversationNotFound or, for who
never was in the conversation, NotAParticipant. Who left keeps a view of what is left to see.
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
from conversations.events import state_changed
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from conversations.wire import own_state_json

FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def mute_conversation(
    *, conversation_id: UUID, user_id: UUID, until: datetime | None
) -> dict[str, Any]:
    """Silent until then, without an `until` for ever. Raises InvalidInput for a past time."""
    if until is not None and until <= timezone.now():
        raise InvalidInput.of("until", "It must lie in the future.", "out_of_range")
    return _change(conversation_id, user_id, muted_until=until or FOR_EVER)


def unmute_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, muted_until=None)


def set_notify(*, conversation_id: UUID, user_id: UUID, notify: str) -> dict[str, Any]:
    """`notify` is a value of Participant.Notify."""
    return _change(conversation_id, user_id, notify=notify)


def pin_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    """At the top of one's inbox. A pinned one stays pinned since when it was."""
    return _change(conversation_id, user_id, pinned_at=timezone.now(), keeps="pinned_at")


def unpin_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, pinned_at=None)


def archive_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, archived_at=timezone.now(), keeps="archived_at")


def unarchive_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, archived_at=None)


def mark_unread(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    """A reminder to oneself; no pointer moves, and nobody's receipt is taken back."""
    return _change(conversation_id, user_id, unread_mark=True)


def unmark_unread(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    return _change(conversation_id, user_id, unread_mark=False)


def clear_conversation(*, conversation_id: UUID, user_id: UUID) -> dict[str, Any]:
    """Empties a direct conversation for this side, up to its present head. Raises DirectOnly."""
    with transaction.atomic():
        period = _locked_period(conversation_id, user_id)
        if period.conversation.kind != Conversation.Kind.DIRECT:
            raise DirectOnly
        head = period.conversation.last_seq
        return _save(period, {"cleared_seq": head, "unread_mark": False})


def _change(
    conversation_id: UUID, user_id: UUID, *, keeps: str | None = None, **fields: Any
) -> dict[str, Any]:
    """`keeps` names a field that is left as it is when it has a value already."""
    with transaction.atomic():
        period = _locked_period(conversation_id, user_id)
        if keeps is not None and getattr(period, keeps) is not None:
            return own_state_json(period)
        return _save(period, fields)


def _locked_period(conversation_id: UUID, user_id: UUID) -> Participant:
    """The open period or the last one, locked so that no `state_rev` is given twice.

    Only this row is locked, and no other is asked for after it, so it can be in no deadlock.
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
    return period


def _save(period: Participant, fields: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in fields.items() if getattr(period, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(period, name, value)
        period.state_rev += 1
        period.save(update_fields=[*changed, "state_rev"])
        _tell_own_devices(period)
    return own_state_json(period)


def _tell_own_devices(period: Participant) -> None:
    """The whole view, so that a device which missed the one before is right again too."""
    fields = own_state_json(period)
    event = state_changed(
        period.user_id,
        period.conversation_id,
        state_rev=fields.pop("stateRev"),
        **fields,
    )
    transaction.on_commit(lambda: publish([event]), robust=True)
