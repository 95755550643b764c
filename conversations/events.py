"""The event about a changed own state, for other apps and for the person's own devices."""

from typing import Any
from uuid import UUID

from django.dispatch import Signal

from chatproject.realtime.bus import Publication, to_user

# A signal that is sent with `period` (a Participant) inside the transaction that has saved its own
# state. By it the apps above keep what they derive from that.
own_state_changed = Signal()


def state_changed(
    user_id: UUID, conversation_id: UUID, *, state_rev: int | None, **fields: Any
) -> Publication:
    """Tells the person's devices that `fields` of their own state have changed.

    `state_rev` is None for a reader of a public conversation, who has no period to count it.
    """
    event = state_event(conversation_id, state_rev=state_rev, **fields)
    return to_user(user_id, event, is_repeatable=True)


def state_event(conversation_id: UUID, *, state_rev: int | None, **fields: Any) -> dict[str, Any]:
    event = {"type": "state.changed", "conversationId": str(conversation_id)}
    return {**event, "stateRev": state_rev, **fields}
