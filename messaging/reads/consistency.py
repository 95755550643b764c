"""Reads rows and visibility until the visibility is at least as new as the rows."""

from collections.abc import Callable, Sequence
from uuid import UUID

from chatproject.core.db.readings import Steps, reading
from conversations.visibility import Visibility, visibility_of
from messaging.reads.message_rows import VisibleMessage, newest_rev


@reading
def read_consistently(
    conversation_id: UUID,
    user_id: UUID,
    read: Callable[[Visibility], Steps[Sequence[VisibleMessage]]],
    *,
    visibility: Visibility | None = None,
) -> Steps[tuple[Visibility, Sequence[VisibleMessage]]]:
    """The person's visibility, and the messages that `read` finds by it.

    Visibility is read before the rows. A row of a later rev means that somebody may have left in
    between, who must not see it: then the visibility is read again, and the rows too unless its
    spans are the same. A `visibility` that was read a moment ago may be given. Raises
    ConversationNotFound.
    """
    visibility = visibility or (yield from visibility_of.steps(conversation_id, user_id))
    while True:
        rows = yield from read(visibility)
        if newest_rev(rows) <= visibility.conversation.last_rev:
            return visibility, rows
        again = yield from visibility_of.steps(conversation_id, user_id)
        if again.spans == visibility.spans:
            return visibility, rows
        visibility = again
