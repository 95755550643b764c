"""Hiding a message from oneself, and showing it again. Nobody else learns of it."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from chatproject.realtime.bus import publish
from conversations.events import state_changed
from conversations.models import Participant
from conversations.visibility import Sight, see
from messaging.errors import MessageNotFound
from messaging.models import Hide


def hide_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> None:
    """Anyone who can see a message can hide it, who left and passing readers too.

    Hiding it again changes nothing. Raises ConversationNotFound, MessageNotFound.
    """
    with transaction.atomic():
        sight = _sight_of(conversation_id, user_id, seq)
        _, is_new = Hide.objects.get_or_create(
            conversation=sight.conversation, user_id=user_id, seq=seq
        )
        if is_new:
            _tell_own_devices(sight, hiddenSeq=seq)


def unhide_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> None:
    """Showing what is not hidden changes nothing. Raises as `hide_message` does."""
    with transaction.atomic():
        sight = _sight_of(conversation_id, user_id, seq)
        gone, _ = Hide.objects.filter(
            conversation=sight.conversation, user_id=user_id, seq=seq
        ).delete()
        if gone:
            _tell_own_devices(sight, shownSeq=seq)


def _sight_of(conversation_id: UUID, user_id: UUID, seq: int) -> Sight:
    """The sight that covers `seq`, hidden or not: the log has no gaps, so there is a message."""
    sight = see(conversation_id, user_id)
    if not sight.covers(seq):
        raise MessageNotFound
    return sight


def _tell_own_devices(sight: Sight, **fields: int) -> None:
    """Stamps the open or last period, and tells the person's sockets after the commit."""
    period, state_rev = sight.last_period, None
    if period is not None:
        own = Participant.objects.filter(pk=period.pk)
        own.update(state_rev=F("state_rev") + 1)
        state_rev = own.values_list("state_rev", flat=True).get()
    event = state_changed(sight.user_id, sight.conversation.pk, state_rev=state_rev, **fields)
    transaction.on_commit(lambda: publish([event]), robust=True)
