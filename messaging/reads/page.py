"""A page of messages as JSON, whichever source its messages come from: rows, or the cache."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from chatproject.core.api.json import dump
from chatproject.core.db.readings import Steps, in_slices, together
from conversations.visibility import Visibility
from messaging.reads.message_rows import (
    VisibleMessage,
    Watermarks,
    add_viewer,
    my_reactions,
    status_of,
    thread_shape,
    viewer_fields,
)
from messaging.reads.people import people_in
from messaging.reads.watermarks import watermarks_in


class PageMessage(NamedTuple):
    """A message's shared shape, that of a root with the viewer's own state of its thread, and what
    differs by viewer beside it."""

    shape: dict[str, Any]
    is_own: bool
    my_reactions: list[str]

    def as_json(self, watermarks: Watermarks | None) -> dict[str, Any]:
        return add_viewer(*self, watermarks)


class OwnEncodedMessage(NamedTuple):
    """The JSON of the viewer's own message in the timeline, whose only field for the viewer alone
    is its status.
    """

    shared: bytes
    seq: int
    kind: str

    def as_json(self, watermarks: Watermarks | None) -> bytes:
        """The same as of a PageMessage, encoded."""
        status = status_of(self.kind, self.seq, watermarks)
        return self.shared[:-1] + _of_viewer(is_own=True, status=status)


@lru_cache(maxsize=8)
def _of_viewer(*, is_own: bool, status: str | None) -> bytes:
    """What `add_viewer` adds, without the brace that begins it."""
    return b"," + dump(viewer_fields(is_own, status, []))[1:]


# The end of the JSON for a viewer who neither sent the message nor has own state of it.
OF_OTHERS = _of_viewer(is_own=False, status=None)


class MessagePage(NamedTuple):
    """Ascending messages, some of them already encoded as bytes; the people in them as JSON; the
    seqs at which older and newer messages are found, None if there are none.
    """

    messages: Sequence[PageMessage | OwnEncodedMessage | bytes]
    people: list[dict[str, Any]]
    older: int | None = None
    newer: int | None = None


def page_of_rows(
    visibility: Visibility,
    rows: Sequence[VisibleMessage],
    older: int | None = None,
    newer: int | None = None,
    *,
    beside: Sequence[VisibleMessage] = (),
) -> Steps[dict[str, Any]]:
    """The page of these rows as JSON; its people are also those of what is shown `beside` it."""
    messages = yield from in_slices(_page_message, rows)
    people, watermarks = yield from together(
        people_in.steps([*beside, *rows]), watermarks_of(visibility, messages)
    )
    return page_json(visibility, MessagePage(messages, people, older, newer), watermarks)


def _page_message(row: VisibleMessage) -> PageMessage:
    return PageMessage(thread_shape(row), row.is_own, my_reactions(row))


def watermarks_of(
    visibility: Visibility, messages: Sequence[PageMessage]
) -> Steps[Watermarks | None]:
    """How far the others have got; no query if none of the messages is the viewer's own."""
    has_own = any(message.is_own for message in messages)
    asked = [visibility] if has_own else []
    found = yield from watermarks_in.steps(visibility.user_id, asked)
    return found.get(str(visibility.conversation.pk))


def page_json(
    visibility: Visibility, page: MessagePage, watermarks: Watermarks | None
) -> dict[str, Any]:
    """`results`, `next` to go on `after` and `previous` to go on `before`, `rev`, `people`. Of
    the results those are bytes that are encoded."""
    return {
        "results": [
            message if isinstance(message, bytes) else message.as_json(watermarks)
            for message in page.messages
        ],
        "next": _cursor(page.newer),
        "previous": _cursor(page.older),
        "rev": visibility.rev,
        "people": page.people,
    }


def _cursor(seq: int | None) -> str | None:
    return None if seq is None else str(seq)
