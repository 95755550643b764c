"""The data of the chat's first view, embedded in the page, so that it needs no further request.

Each part is the body of an API answer, made by the same reads.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.wire import avatar_url, profile_json
from chatproject.core.times import rfc3339
from conversations.errors import ConversationNotFound
from messaging.api.inbox import inbox_json
from messaging.reads.history import PageAnchor, encoded_history_page
from messaging.reads.inbox.conversations import Filters, conversation_json_for, list_inbox
from messaging.sending.drafts import MAX_ATTACHMENTS
from messaging.text import MAX_LENGTH

INBOX = 100
MESSAGES = 60
# With a first unread one further from the end the view opens there instead of at the last page.
BEHIND_ON_LAST_PAGE = 30

LIMITS = {
    "messageLength": MAX_LENGTH,
    "attachments": MAX_ATTACHMENTS,
}


def first_view(
    *, person: User, conversation_id: UUID | None = None, seq: int | None = None
) -> dict[str, Any]:
    """What `dump` makes JSON of: `madeAt`, `me`, `inbox`, `conversation`, `messages`, `avatars`,
    `notFound`, `settings` and `limits`.

    The messages are those around `seq`, else around the first unread one, else the last. For a
    conversation that is not visible to the person only `notFound` is set.
    """
    inbox = list_inbox(user_id=person.pk, after=None, limit=INBOX, filters=Filters())
    opened = _opened(person.pk, conversation_id, seq)
    return {
        "madeAt": rfc3339(timezone.now()),
        "me": profile_json(person),
        "inbox": inbox_json(inbox, inbox.entries),
        **opened,
        "avatars": _avatars([*inbox.people, *(opened["messages"] or {}).get("people", ())]),
        "settings": {
            "theme": person.theme,
            "notifications": person.notifications,
            "undoSeconds": person.undo_seconds,
            "sound": person.has_sound,
            "siteName": settings.SITE_NAME,
        },
        "limits": LIMITS,
    }


def _avatars(people: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """The pictures of these people by their ids, null: none."""
    ids = {str(each["id"]) for each in people}
    rows = User.objects.filter(pk__in=ids).values_list("pk", "avatar_id")
    return {str(user_id): avatar_url(user_id, avatar_id) for user_id, avatar_id in rows}


def _opened(user_id: UUID, conversation_id: UUID | None, seq: int | None) -> dict[str, Any]:
    closed = {"conversation": None, "messages": None, "notFound": conversation_id is not None}
    if conversation_id is None:
        return closed
    try:
        (conversation,) = conversation_json_for(user_id, [conversation_id])
        messages = encoded_history_page(
            conversation_id=conversation_id,
            viewer_id=user_id,
            anchor=_place(conversation, seq),
            limit=MESSAGES,
        )
    except ConversationNotFound:
        return closed
    return {"conversation": conversation, "messages": messages, "notFound": False}


def _place(conversation: Mapping[str, Any], seq: int | None) -> PageAnchor:
    if seq is not None:
        return PageAnchor(around=seq)
    behind = conversation["headSeq"] - conversation["lastReadSeq"]
    if conversation["unread"] and behind > BEHIND_ON_LAST_PAGE:
        return PageAnchor(around=conversation["lastReadSeq"])
    return PageAnchor()
