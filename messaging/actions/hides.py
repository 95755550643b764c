"""Hiding a message from oneself, and showing it again. Nobody else learns of it."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from chatproject.realtime.bus import publish
from conversations.events import state_changed
from conversations.models import Participant
from conversations.visibility import Visibility, visibility_of
from messaging.archive.recalling import recall_locked
from messaging.errors import MessageNotFound
from messaging.models import Hide
from messaging.reads.window import TIMELINE, window


def hide_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> None:
    """Hides a message. Anyone who can see it may, including former members and readers.

    Hiding it again changes nothing. Raises ConversationNotFound, MessageNotFound, and
    ArchiveUnavailable if the message is in the archive.
    """
    with transaction.atomic():
        visibility = _visibility_of_message(conversation_id, user_id, seq)
        recall_locked(conversation_id, [seq])  # unread counts read hidden messages
        _, is_new = Hide.objects.get_or_create(
            conversation=visibility.conversation, user_id=user_id, seq=seq
        )
        if is_new:
            _keep_last_line(visibility)
            _tell_own_devices(visibility, hiddenSeq=seq)


def unhide_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> None:
    """Shows a hidden message again; otherwise changes nothing. Raises as `hide_message` does."""
    with transaction.atomic():
        visibility = _visibility_of_message(conversation_id, user_id, seq)
        gone, _ = Hide.objects.filter(
            conversation=visibility.conversation, user_id=user_id, seq=seq
        ).delete()
        if gone:
            _tell_own_devices(visibility, shownSeq=seq)


def _keep_last_line(visibility: Visibility) -> None:
    """The last message that the person sees is a row, by which the inbox reads it."""
    if visibility.conversation.archived_seq:
        last = window(visibility, 1, visibility.head, limit=1, newest_first=True, strand=TIMELINE)
        recall_locked(visibility.conversation.pk, [it.row["seq"] for it in last.messages])


def _visibility_of_message(conversation_id: UUID, user_id: UUID, seq: int) -> Visibility:
    """The visibility, which covers `seq`: the log has no gaps, so there is a message. Raises
    MessageNotFound."""
    visibility = visibility_of(conversation_id, user_id)
    if not visibility.covers(seq):
        raise MessageNotFound
    return visibility


def _tell_own_devices(visibility: Visibility, **fields: int) -> None:
    """Stamps the open or last period, and tells the person's sockets after the commit."""
    period, state_rev = visibility.last_period, None
    if period is not None:
        own = Participant.objects.filter(pk=period.pk)
        own.update(state_rev=F("state_rev") + 1)
        state_rev = own.values_list("state_rev", flat=True).get()
    event = state_changed(
        visibility.user_id, visibility.conversation.pk, state_rev=state_rev, **fields
    )
    transaction.on_commit(lambda: publish([event]), robust=True)
