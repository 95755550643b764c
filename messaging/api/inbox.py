"""The inbox over REST: its parameters and its answer. Its path is that of `api.conversations`."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from chatproject.core.api import cursors
from chatproject.core.api.etags import Tagged, etag_of
from chatproject.core.api.json import dump
from chatproject.core.api.params import CURSOR, ApiRequest, flag_param, limit_param, limit_parameter
from chatproject.core.api.views import asker_of
from chatproject.core.db.readings import Steps
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.reads.inbox.conversations import Filters, Inbox, Key, list_inbox

MAX_LIMIT = 500

INBOX_PARAMETERS = [
    limit_parameter(maximum=MAX_LIMIT),
    CURSOR,
    OpenApiParameter("archived", bool, description="Only these, or none of these."),
    OpenApiParameter("unread", bool, description="True: only those with something unread."),
    OpenApiParameter("left", bool, description="True: those that one has left, instead."),
]


def read_inbox(request: ApiRequest) -> Steps[Tagged]:
    """The tag is that of the answer with the digest of each entry in its place: it changes with the
    answer, and who holds that is told so before the entries are put together."""
    found = yield from list_inbox.steps(
        user_id=asker_of(request),
        after=_key_param(request),
        limit=limit_param(request, maximum=MAX_LIMIT),
        filters=inbox_filters(request),
    )
    digests = inbox_json(found, [entry.digest for entry in found.kept])
    answer = inbox_json(found, [entry.json for entry in found.kept])
    return Tagged(answer, etag_of(dump(digests)))


def inbox_filters(request: ApiRequest) -> Filters:
    return Filters(
        archived=flag_param(request, "archived"),
        unread=flag_param(request, "unread") or False,
        left=flag_param(request, "left") or False,
    )


def inbox_json(found: Inbox, entries: Sequence[Any]) -> dict[str, Any]:
    """The answer: `results`, which are the entries in some form, `next`, `previous`, `people`."""
    return {
        "results": entries,
        "next": None if found.key is None else _cursor(found.key),
        "previous": None,
        "people": found.people,
    }


def _cursor(key: Key) -> str:
    pinned_at = rfc3339_or_none(key.pinned_at) or ""
    return cursors.encode([pinned_at, rfc3339(key.activity), str(key.id)])


def _key_param(request: ApiRequest) -> Key | None:
    parts = cursors.cursor_param(request, (str, str, str))
    if parts is None:
        return None
    pinned_at, activity, conversation_id = parts
    return Key(
        cursors.moment_in(pinned_at) if pinned_at else None,
        cursors.moment_in(activity),
        cursors.uuid_in(conversation_id),
    )
