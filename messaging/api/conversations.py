"""Conversations over REST: find, begin, change, open the past, join and leave."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.content_type import UNKNOWN
from attachments.serving import send_picture
from chatproject.core.api.files import OTHERWISE, FileView, binary
from chatproject.core.api.params import IDEMPOTENCY_KEY, choice_param, idempotency_key
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.db.readings import read
from conversations.models import Conversation
from messaging.api.conversation_bodies import (
    BeginBody,
    BeginDirect,
    BeginDirectOfKind,
    ChangeBody,
)
from messaging.api.inbox import INBOX_PARAMETERS, inbox_filters, read_inbox
from messaging.api.public_list import PUBLIC_PARAMETERS, PublicList, public_page, public_query
from messaging.api.shapes import ConversationAnswer, ConversationList
from messaging.bodies import PictureBody
from messaging.membership.change_conversation import (
    change_conversation,
    open_history,
    picture_of,
    set_picture,
)
from messaging.membership.create_conversation import Opened, create_conversation, open_direct
from messaging.membership.members import join_conversation, leave_conversation
from messaging.reads.inbox.conversations import conversation_json_for

Kind = Conversation.Kind


class ConversationsView(ApiView):
    has_etag = True

    @extend_schema(
        operation_id="conversations_list",
        parameters=[
            *PUBLIC_PARAMETERS,
            *INBOX_PARAMETERS,
        ],
        responses=PolymorphicProxySerializer(
            component_name="Conversations",
            serializers=[ConversationList, PublicList],
            resource_type_field_name=None,
        ),
        summary="One's inbox, or public conversations to join",
    )
    def get(self, request: Request) -> Response:
        query = public_query(request)  # wrong values are refused also where they have no effect
        inbox_filters(request)
        if choice_param(request, "kind", [Kind.PUBLIC]):
            return Response(public_page(request, query))
        answer = read(read_inbox(request))
        return Response(answer.value, headers={"ETag": answer.etag})

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=BeginBody,
        responses={200: ConversationAnswer, 201: ConversationAnswer},
        summary="Begin a conversation; a direct one that is there is answered with 200",
    )
    def post(self, request: Request) -> Response:
        opened = _begin(request)
        code = status.HTTP_201_CREATED if opened.is_new else status.HTTP_200_OK
        return Response(_as_seen_by(request, opened.conversation_id), status=code)


class ConversationView(ApiView):
    @extend_schema(responses=ConversationAnswer, summary="One conversation")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_as_seen_by(request, id))

    @extend_schema(
        request=ChangeBody, responses=ConversationAnswer, summary="Rename, set a topic, elevate"
    )
    def patch(self, request: Request, id: UUID) -> Response:
        changes = read_body(request, ChangeBody).changes()
        change_conversation(conversation_id=id, by=asker_of(request), **changes)
        return Response(_as_seen_by(request, id))


class PictureView(FileView):
    @extend_schema(
        operation_id="conversation_picture",
        responses={**binary(200, (UNKNOWN, "image/webp")), **OTHERWISE},
        summary="The picture of a conversation, as WebP of at most 320 pixels",
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return send_picture(request, picture_of(conversation_id=id, viewer_id=asker_of(request)))

    @extend_schema(
        operation_id="conversation_picture_set",
        request=PictureBody,
        responses=ConversationAnswer,
        summary="Make an own upload the picture",
    )
    def put(self, request: Request, id: UUID) -> Response:
        picture = read_body(request, PictureBody).attachmentId
        set_picture(conversation_id=id, by=asker_of(request), attachment_id=picture)
        return Response(_as_seen_by(request, id))

    @extend_schema(
        operation_id="conversation_picture_remove",
        responses=ConversationAnswer,
        summary="Remove the picture",
    )
    def delete(self, request: Request, id: UUID) -> Response:
        set_picture(conversation_id=id, by=asker_of(request), attachment_id=None)
        return Response(_as_seen_by(request, id))


class OpenHistoryView(ApiView):
    @extend_schema(request=None, responses=ConversationAnswer, summary="Open the past to all")
    def post(self, request: Request, id: UUID) -> Response:
        open_history(conversation_id=id, by=asker_of(request))
        return Response(_as_seen_by(request, id))


class JoinView(ApiView):
    @extend_schema(request=None, responses=ConversationAnswer, summary="Join, or come back")
    def post(self, request: Request, id: UUID) -> Response:
        join_conversation(conversation_id=id, user_id=asker_of(request))
        return Response(_as_seen_by(request, id))


class LeaveView(ApiView):
    @extend_schema(request=None, responses={204: None}, summary="Leave")
    def post(self, request: Request, id: UUID) -> Response:
        leave_conversation(conversation_id=id, user_id=asker_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _begin(request: Request) -> Opened:
    user_id, key = asker_of(request), idempotency_key(request)
    body = read_body(request, BeginBody).root
    if isinstance(body, BeginDirect | BeginDirectOfKind):
        return open_direct(user_id=user_id, other_id=body.other_id(user_id))
    return create_conversation(body.plan(creator_id=user_id, idempotency_key=key))


def _as_seen_by(request: Request, conversation_id: UUID) -> dict[str, Any]:
    return conversation_json_for(asker_of(request), [conversation_id])[0]


CONVERSATION_ROUTES: list[URLPattern] = [
    route("conversations", ConversationsView.as_view(), "conversations"),
    route("conversations/<uuid:id>", ConversationView.as_view(), "conversation"),
    route("conversations/<uuid:id>/picture", PictureView.as_view(), "conversation-picture"),
    route("conversations/<uuid:id>/join", JoinView.as_view(), "conversation-join"),
    route("conversations/<uuid:id>/leave", LeaveView.as_view(), "conversation-leave"),
    route(
        "conversations/<uuid:id>/history/open",
        OpenHistoryView.as_view(),
        "conversation-open-history",
    ),
]
