"""A person's view of a log, page by page: what the history shows them, and nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps
from conversations.visibility import Visibility
from messaging.reads.consistency import read_consistently
from messaging.reads.message_rows import VisibleMessage, viewer_json
from messaging.reads.people import people_in
from messaging.reads.revisions import BEFORE_ALL, list_revisions
from messaging.reads.window import window

PAGE = 500


class ExportedMessages(NamedTuple):
    """Messages as the REST API gives them; names by id."""

    messages: list[dict[str, Any]]
    names: dict[str, str | None]


def pages_of(conversation_id: UUID, viewer_id: UUID) -> Iterator[ExportedMessages]:
    """All that the person may see at the moment when each page is read, oldest first.

    Raises ConversationNotFound.
    """
    start = 1
    while True:

        def read(visibility: Visibility, start: int = start) -> Steps[Sequence[VisibleMessage]]:
            page = yield from window.steps(
                visibility, start, visibility.head, limit=PAGE, newest_first=False
            )
            return page.messages

        _, rows = read_consistently(conversation_id, viewer_id, read)
        if not rows:
            return
        names = {person["id"]: person["name"] for person in people_in(rows)}
        yield ExportedMessages([_message(row) for row in rows], names)
        start = rows[-1].row["seq"] + 1


def _message(row: VisibleMessage) -> dict[str, Any]:
    shape = viewer_json(row, None)
    del shape["status"]  # what others have read is theirs
    return shape


def revisions_of(conversation_id: UUID, viewer_id: UUID, seq: int) -> Iterator[dict[str, Any]]:
    """All versions of a message that the person may see, oldest first; an answer's bytes at a time.

    Raises ConversationNotFound, MessageNotFound.
    """
    after: int | None = BEFORE_ALL
    while after is not None:
        versions, after = list_revisions(
            conversation_id=conversation_id, viewer_id=viewer_id, seq=seq, after=after, limit=PAGE
        )
        yield from versions
