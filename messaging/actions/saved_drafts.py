"""Saved drafts: unfinished messages, kept for all devices of a person; the last write wins.

Sending does not touch it: the device that sends deletes it, so that a send costs nothing more.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from chatproject.core.times import rfc3339
from chatproject.realtime.bus import publish, to_user
from conversations.visibility import visibility_of
from messaging.models import SavedDraft

MAX_SAVED = 200  # of one person; the oldest make room


def save_draft(
    *,
    conversation_id: UUID,
    user_id: UUID,
    content: str,
    reply_to_seq: int | None = None,
    thread_seq: int | None = None,
) -> dict[str, Any]:
    """Saves the draft over the former one and tells the person's devices; returns its JSON.

    Raises ConversationNotFound, NotAParticipant.
    """
    place = _place(conversation_id, user_id, thread_seq)
    with transaction.atomic():
        SavedDraft.objects.update_or_create(
            **place,
            defaults={"content": content, "reply_to_seq": reply_to_seq, "changed_at": Now()},
        )
        kept = SavedDraft.objects.filter(user=user_id).order_by("-changed_at", "-id")
        oldest = list(kept.values_list("pk", flat=True)[MAX_SAVED : MAX_SAVED + 10])
        SavedDraft.objects.filter(pk__in=oldest).delete()
        shape = draft_json(SavedDraft.objects.get(**place))
        _tell(user_id, conversation_id, thread_seq, shape)
    return shape


def delete_draft(*, conversation_id: UUID, user_id: UUID, thread_seq: int | None = None) -> None:
    """Deletes the draft, if there is one. Raises as `save_draft` does."""
    place = _place(conversation_id, user_id, thread_seq)
    with transaction.atomic():
        gone, _ = SavedDraft.objects.filter(**place).delete()
        if gone:
            _tell(user_id, conversation_id, thread_seq, None)


def get_draft(
    *, conversation_id: UUID, user_id: UUID, thread_seq: int | None = None
) -> dict[str, Any] | None:
    """The draft as JSON, None without one. Raises as `save_draft` does."""
    found = SavedDraft.objects.filter(**_place(conversation_id, user_id, thread_seq)).first()
    return None if found is None else draft_json(found)


def drafts_of(user_id: UUID) -> list[dict[str, Any]]:
    """All drafts of the person as JSON, in all conversations, last written first."""
    return list(map(draft_json, _drafts(user_id)))


def _drafts(user_id: UUID) -> Iterable[SavedDraft]:
    return SavedDraft.objects.filter(user=user_id).order_by("-changed_at", "-id")[:MAX_SAVED]


def draft_json(draft: SavedDraft) -> dict[str, Any]:
    return {
        "conversationId": str(draft.conversation_id),
        "threadSeq": draft.thread_seq or None,
        "content": draft.content,
        "replyToSeq": draft.reply_to_seq,
        "changedAt": rfc3339(draft.changed_at),
    }


def _place(conversation_id: UUID, user_id: UUID, thread_seq: int | None) -> dict[str, Any]:
    """The key of a draft; checks that the person is in the conversation."""
    visibility_of(conversation_id, user_id).require_participant()
    return {
        "conversation_id": conversation_id,
        "user_id": user_id,
        "thread_seq": thread_seq or 0,
    }


def _tell(
    user_id: UUID, conversation_id: UUID, thread_seq: int | None, draft: dict[str, Any] | None
) -> None:
    """Tells the person's devices after the commit; a null draft is one that was deleted."""
    event: dict[str, Any] = {
        "type": "draft.changed",
        "conversationId": str(conversation_id),
        "threadSeq": thread_seq,
        "draft": draft,
    }
    publication = to_user(user_id, event, is_repeatable=True)
    transaction.on_commit(lambda: publish([publication]), robust=True)
