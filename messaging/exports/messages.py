"""A person's view of a log, page by page: what the history shows them, and nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from conversations.visibility import Sight
from messaging.reads.history import window
from messaging.reads.message_rows import Shown, own_json
from messaging.reads.messages import list_revisions
from messaging.reads.people import people_in
from messaging.reads.visibility import look

PAGE = 500


class Page(NamedTuple):
    """Messages as the REST API gives them, edited ones with their `revisions`; names by id."""

    messages: list[dict[str, Any]]
    names: dict[str, str | None]


def pages_of(conversation_id: UUID, viewer_id: UUID) -> Iterator[Page]:
    """All that the person may see at the moment when each page is read, oldest first.

    Raises ConversationNotFound.
    """
    start = 1
    while True:

        def read(sight: Sight, start: int = start) -> Sequence[Shown]:
            return window(sight, start, sight.head, limit=PAGE, newest_first=False)

        _, rows = look(conversation_id, viewer_id, read)
        if not rows:
            return
        names = {person["id"]: person["name"] for person in people_in(rows)}
        yield Page([_message(row, conversation_id, viewer_id) for row in rows], names)
        start = rows[-1].row["seq"] + 1


def _message(row: Shown, conversation_id: UUID, viewer_id: UUID) -> dict[str, Any]:
    shape = own_json(row, None)
    del shape["status"]  # what others have read is theirs
    if shape["editedAt"] is not None:
        shape["revisions"] = list_revisions(
            conversation_id=conversation_id, viewer_id=viewer_id, seq=shape["seq"]
        )
    return shape
