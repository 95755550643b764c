"""Which operations are on the hot path (`chatproject.server.hot_path`), each by what its view is
made of. CONTRIBUTING tells how to add one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.urls import URLPattern

from chatproject.core.api.etags import Tagged
from chatproject.core.api.params import ApiRequest
from chatproject.core.api.views import ApiView
from chatproject.core.db.readings import Steps
from chatproject.server.hot_requests import HotCall, HotRequest, NotPlain
from messaging.api.conversations import CONVERSATION_ROUTES
from messaging.api.history import (
    HISTORY_ROUTES,
    PAGE_REVALIDATION,
    read_changes,
    read_draft,
    read_message,
    read_page,
    read_receipts,
)
from messaging.api.inbox import read_inbox
from messaging.api.message_actions import MESSAGE_ACTION_ROUTES, read_advance
from messaging.api.participants import PARTICIPANT_ROUTES, read_participants
from messaging.api.public_list import PUBLIC_PARAMETERS
from messaging.api.sync import SYNC_ROUTES, read_news
from messaging.models import Receipt
from messaging.ws import runtime

ROUTES: Sequence[URLPattern] = [
    *CONVERSATION_ROUTES,
    *HISTORY_ROUTES,
    *MESSAGE_ACTION_ROUTES,
    *PARTICIPANT_ROUTES,
    *SYNC_ROUTES,
]

OF_ANOTHER_LIST = frozenset(parameter.name for parameter in PUBLIC_PARAMETERS)


def hot_calls() -> list[HotCall]:
    by_name: Mapping[str, URLPattern] = {str(route.name): route for route in ROUTES}

    def call(name: str, method: str, **how: Any) -> HotCall:
        pattern = by_name[name]
        has_etag = method == "GET" and view_of(pattern).has_etag
        return HotCall(pattern, f"v1/{pattern.pattern}", method, has_etag=has_etag, **how)

    return [
        call("messages", "GET", read=read_page, revalidation=PAGE_REVALIDATION),
        call("conversations", "GET", read=_read_inbox),
        call("message", "GET", read=read_message),
        call("conversation-changes", "GET", read=read_changes),
        call("message-receipts", "GET", read=read_receipts),
        call("participants", "GET", read=read_participants),
        call("sync", "POST", read=read_news),
        call("messages", "POST", write=_send),
        call("conversation-read", "POST", write=_mark_read),
        call("conversation-delivered", "POST", write=_mark_delivered),
    ]


def view_of(pattern: URLPattern) -> type[ApiView]:
    view: Any = pattern.callback
    view_class: type[ApiView] = view.cls
    return view_class


def _read_inbox(request: ApiRequest) -> Steps[Tagged]:
    if not OF_ANOTHER_LIST.isdisjoint(request.query_params):
        raise NotPlain
    return read_inbox(request)


async def _send(request: HotRequest, id: UUID) -> bytes:
    """By the writer of the sockets, and answered by what it acknowledges."""
    if request.data.get("clientId") is None and "Idempotency-Key" not in request.headers:
        # So that it is the same message for Django, should it go on there after it was stored.
        request.add_header("Idempotency-Key", uuid4().hex)
    draft = read_draft(request, id)
    result = await (await runtime.start()).writer.send(draft, via="rest")
    if result.refusal is not None:
        raise result.refusal
    return result.as_bytes()


async def _mark_read(request: ApiRequest, id: UUID) -> dict[str, Any]:
    return await _move(request, id, Receipt.Kind.READ)


async def _mark_delivered(request: ApiRequest, id: UUID) -> dict[str, Any]:
    return await _move(request, id, Receipt.Kind.DELIVERED)


async def _move(request: ApiRequest, id: UUID, kind: Receipt.Kind) -> dict[str, Any]:
    """With those of all sockets."""
    advance = read_advance(request, id, kind)
    return await (await runtime.start()).receipts.move(advance)
