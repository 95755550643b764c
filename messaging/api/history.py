"""The log over REST: pages, sending into it, single messages, versions, receipts, changes."""

import re
from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api import cursors
from chatproject.core.api.fields import MAX_SEQ
from chatproject.core.api.pages import forward_page, uuid_cursor
from chatproject.core.api.params import (
    CURSOR,
    IDEMPOTENCY_KEY,
    ApiRequest,
    idempotency_key,
    int_param,
    limit_param,
    limit_parameter,
    parse_int,
    text_param,
)
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.db.readings import Steps, read
from chatproject.core.errors import InvalidInput
from chatproject.core.times import parse_rfc3339
from chatproject.server.held_answers import Revalidation
from messaging.api.message_actions import ChangeMessageView
from messaging.api.shapes import (
    ChangeList,
    MessageList,
    OneMessageAnswer,
    OwnMessageAnswer,
    ReceiptList,
    RevisionList,
)
from messaging.bodies import MessageBody
from messaging.reads.cache.held_pages import HeldPage, begin_page, finish_page, page_stands
from messaging.reads.changes import changes_since
from messaging.reads.history import PageAnchor, Position, encoded_history_page
from messaging.reads.message_readers import list_receipts
from messaging.reads.messages import get_message
from messaging.reads.revisions import BEFORE_ALL, list_revisions
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message

MAX_CHANGES = 500
MAX_RECEIPTS = 1000

# A time with its offset (RFC 3339). The `+` of an offset arrives as a blank when it is not encoded.
TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:([Zz])|([ +-])(\d\d:\d\d))", re.ASCII
)
PLACES = ("before", "after", "around")
SEQ_SCHEMA = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}
PLACE = {"anyOf": [SEQ_SCHEMA, {"type": "string", "format": "date-time"}]}
ONE_PLACE = "A seq, or a time as in RFC 3339. One of before, after and around can be given."

PAGE_PARAMETERS = [
    limit_parameter(),
    *(OpenApiParameter(name, PLACE, description=ONE_PLACE) for name in PLACES),
]


class MessagesView(ApiView):
    has_etag = True

    @extend_schema(
        operation_id="messages_list",
        parameters=PAGE_PARAMETERS,
        responses=MessageList,
        summary="A page of the log, the last one when no place is given",
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(read(read_page(request, id)))

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=MessageBody,
        responses=OwnMessageAnswer,
        summary="Send a message",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return Response(send_message(read_draft(request, id)).as_json())


class MessageView(ChangeMessageView):
    @extend_schema(responses=OneMessageAnswer, summary="One message")
    def get(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(read(read_message(request, id, seq)))


class RevisionsView(ApiView):
    @extend_schema(
        parameters=[CURSOR, limit_parameter()],
        responses=RevisionList,
        summary="The versions of a message, oldest first",
    )
    def get(self, request: Request, id: UUID, seq: int) -> Response:
        (after,) = cursors.cursor_param(request, (int,)) or [BEFORE_ALL]
        versions, next_rev = list_revisions(
            conversation_id=id,
            viewer_id=asker_of(request),
            seq=seq,
            after=after,
            limit=limit_param(request),
        )
        following = None if next_rev is None else cursors.encode([next_rev])
        return Response({"results": versions, "next": following, "previous": None})


class ReceiptsView(ApiView):
    @extend_schema(
        parameters=[CURSOR, limit_parameter(default=256, maximum=MAX_RECEIPTS)],
        responses=ReceiptList,
        summary="Who has a message, and since when",
    )
    def get(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(read(read_receipts(request, id, seq)))


class ChangesView(ApiView):
    @extend_schema(
        parameters=[
            OpenApiParameter("since", SEQ_SCHEMA, required=True, description="A rev."),
            limit_parameter(default=200, maximum=MAX_CHANGES),
        ],
        responses=ChangeList,
        summary="What has changed since a rev",
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(read(read_changes(request, id)))


# What is answered, in a view's thread and on the hot path alike.


def read_page(request: ApiRequest, id: UUID) -> Steps[dict[str, Any]]:
    return encoded_history_page.steps(
        conversation_id=id,
        viewer_id=asker_of(request),
        anchor=anchor_param(request),
        limit=limit_param(request),
    )


def _begin_page(request: ApiRequest, id: UUID) -> Steps[HeldPage | None]:
    return begin_page(id, asker_of(request))


def _page_stands(held: HeldPage, request: ApiRequest, id: UUID) -> Steps[bool]:
    return page_stands(held, id, asker_of(request))


PAGE_REVALIDATION = Revalidation(begin=_begin_page, finish=finish_page, stands=_page_stands)


def read_draft(request: ApiRequest, id: UUID) -> Draft:
    return read_body(request, MessageBody).draft(
        conversation_id=id,
        sender_id=asker_of(request),
        idempotency_key=idempotency_key(request),
    )


def read_message(request: ApiRequest, id: UUID, seq: int) -> Steps[dict[str, Any]]:
    return get_message.steps(conversation_id=id, viewer_id=asker_of(request), seq=seq)


def read_receipts(request: ApiRequest, id: UUID, seq: int) -> Steps[dict[str, Any]]:
    limit = limit_param(request, default=256, maximum=MAX_RECEIPTS)
    found = yield from list_receipts.steps(
        conversation_id=id,
        viewer_id=asker_of(request),
        seq=seq,
        after=uuid_cursor(request),
        limit=limit + 1,
    )
    rows, links = forward_page(found, limit, lambda row: [row["userId"]])
    return {"results": rows, **links}


def read_changes(request: ApiRequest, id: UUID) -> Steps[dict[str, Any]]:
    since = int_param(request, "since") if text_param(request, "since") else None
    if since is None:
        raise InvalidInput.of("since", "A rev is needed.", "required")
    return changes_since.steps(
        conversation_id=id,
        viewer_id=asker_of(request),
        since=since,
        limit=limit_param(request, default=200, maximum=MAX_CHANGES),
    )


def anchor_param(request: ApiRequest) -> PageAnchor:
    """Where a page lies; raises InvalidInput."""
    asked = request.query_params
    given = {name: _position_param(request, name) for name in PLACES if name in asked}
    named = [name for name, place in given.items() if place is not None]
    if len(named) > 1:
        detail = f"Only one of {', '.join(PLACES)} can be given."
        raise InvalidInput.of(named[1], detail, "exclusive")
    return PageAnchor(**given)


def _position_param(request: ApiRequest, name: str) -> Position | None:
    """A seq or a moment; None when the parameter is absent."""
    text = text_param(request, name)
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return parse_int(text, name, minimum=0, maximum=MAX_SEQ)
    if match := TIME.fullmatch(text):
        day, time, zulu, sign, offset = match.groups()
        try:
            return parse_rfc3339(f"{day}T{time}{'Z' if zulu else sign.replace(' ', '+') + offset}")
        except ValueError:
            pass
    detail = "A seq, or a time such as 2026-01-31T09:30:00Z, is needed."
    raise InvalidInput.of(name, detail, "not_a_place")


_CONVERSATION = "conversations/<uuid:id>"
_MESSAGE = f"{_CONVERSATION}/messages/<int:seq>"

HISTORY_ROUTES: list[URLPattern] = [
    route(f"{_CONVERSATION}/messages", MessagesView.as_view(), "messages"),
    route(_MESSAGE, MessageView.as_view(), "message"),
    route(f"{_MESSAGE}/revisions", RevisionsView.as_view(), "message-revisions"),
    route(f"{_MESSAGE}/receipts", ReceiptsView.as_view(), "message-receipts"),
    route(f"{_CONVERSATION}/changes", ChangesView.as_view(), "conversation-changes"),
]
