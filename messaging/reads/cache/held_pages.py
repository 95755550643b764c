"""What a page of a log was made of, to find out that it has not changed without making it again.

All of a page comes from the conversation's row, which every change of its log writes; from the
viewer's own periods, which hides and all that is read write; from how far the others have got; and
from people's names. This is told of who is inside: what others see depends on more.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from attachments.models import Attachment
from chatproject.core.api.json import dump
from chatproject.core.db.readings import Steps, query, together
from chatproject.core.db.statements import statement, uuids
from conversations.models import LARGE_CONVERSATION
from conversations.visibility import sql
from messaging.reads.people import PEOPLE
from messaging.reads.watermarks import OF_ONE

MAX_PEOPLE = 100  # whom a page that is held may name

# The numbers of the transactions that wrote the rows; see VERSION in `inbox.statements`.
VERSION = statement(
    """
    SELECT c.xmin, pg_postmaster_start_time(), c.member_count, own.is_inside, own.versions
    FROM conversations_conversation c
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or({is_open}), false) AS is_inside,
               array_agg(p.id::text || ' ' || p.xmin::text ORDER BY p.id) AS versions
        FROM conversations_participant p
        WHERE p.conversation_id = {conversation} AND p.user_id = {viewer}) own
    WHERE c.id = {conversation}
    """,
    is_open=sql.is_open(),
    conversation=sql.CONVERSATION,
    viewer=sql.VIEWER,
)


class HeldPage(NamedTuple):
    """`watermarks` None where none are shown, `people` by id as they are told of."""

    version: tuple[Any, ...]
    watermarks: Any
    people: Mapping[str, tuple[Any, ...]]


def begin_page(conversation_id: UUID, viewer_id: UUID) -> Steps[HeldPage | None]:
    """What a page will be made of, people aside; None for who is not inside."""
    version = yield from _version(conversation_id, viewer_id)
    if version is None:
        return None
    watermarks = None
    if version[2] <= LARGE_CONVERSATION:
        watermarks = yield from _watermarks(conversation_id, viewer_id)
    return HeldPage(version, watermarks, {})


def finish_page(begun: HeldPage, page: Mapping[str, Any]) -> HeldPage | None:
    """The same with the people of the page, and without watermarks where it shows none; None for
    one whose files are being processed, of which the log learns later."""
    messages = page["results"]
    if any(map(_has_pending_file, messages)):
        return None
    if len(page["people"]) > MAX_PEOPLE:
        return None
    people = {it["id"]: (it["id"], it["name"], it["isBot"]) for it in page["people"]}
    has_own = any(map(_is_own, messages))
    return begun._replace(people=people, watermarks=begun.watermarks if has_own else None)


# Of a message that is JSON already no more is read than this. A text has no quotes that are not
# escaped, so that what somebody wrote is not taken for it.
_PENDING_FILE = b'"state":' + dump(Attachment.State.PENDING)
_MINE = b'"mine":true'


def _has_pending_file(message: Mapping[str, Any] | bytes) -> bool:
    if isinstance(message, bytes):
        return _PENDING_FILE in message
    return any(file["state"] == Attachment.State.PENDING for file in message["attachments"])


def _is_own(message: Mapping[str, Any] | bytes) -> bool:
    return _MINE in message if isinstance(message, bytes) else message["mine"]


def page_stands(held: HeldPage, conversation_id: UUID, viewer_id: UUID) -> Steps[bool]:
    """Whether the page would be the same now; one round trip."""
    (version, watermarks), people = yield from together(
        together(
            _version(conversation_id, viewer_id),
            _watermarks(conversation_id, viewer_id) if held.watermarks is not None else _nothing(),
        ),
        query(PEOPLE, {"ids": uuids(held.people)}) if held.people else _nothing(),
    )
    told = {row[0]: row for row in people or ()}
    return (version, watermarks, told) == tuple(held)


def _version(conversation_id: UUID, viewer_id: UUID) -> Steps[tuple[Any, ...] | None]:
    params = {"conversation": conversation_id, "viewer": viewer_id}
    rows = yield from query(VERSION, params)
    if not rows:
        return None
    *version, is_inside, periods = rows[0]
    return (*version, *periods) if is_inside else None


def _watermarks(conversation_id: UUID, viewer_id: UUID) -> Steps[Any]:
    return (yield from query(OF_ONE, {"conversation": conversation_id, "user": viewer_id}))


def _nothing() -> Steps[Any]:
    """No query."""
    yield from ()
