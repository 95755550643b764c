"""The events about one's own view of a conversation, for one's own devices."""

from typing import Any
from uuid import UUID

from chatproject.realtime.bus import Publication, to_user


def state_changed(
    user_id: UUID, conversation_id: UUID, *, state_rev: int | None, **fields: Any
) -> Publication:
    """What `fields` name of a person's own view of a conversation is new.

    `state_rev` is None where no membership holds the view: a reader of a public conversation.
    """
    event = {"type": "state.changed", "conversationId": str(conversation_id)}
    return to_user(user_id, {**event, "stateRev": state_rev, **fields}, is_repeatable=True)
