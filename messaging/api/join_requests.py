"""Requests to join a conversation, which one accepts or refuses, over REST."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.views import ApiView, asker_of, route
from conversations.models import Conversation
from messaging.api.shapes import ConversationAnswer, PersonShape
from messaging.membership.join_requests import (
    accept_join_request,
    list_join_requests,
    refuse_join_request,
)
from messaging.reads.inbox.conversations import conversation_json_for


class AskedInto(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Conversation.Kind.choices)
    name = serializers.CharField()
    memberCount = serializers.IntegerField()


class JoinRequestAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    conversation = AskedInto()
    by = PersonShape()
    createdAt = serializers.DateTimeField()


class JoinRequestList(serializers.Serializer[Any]):
    results = JoinRequestAnswer(many=True)


class JoinRequestsView(ApiView):
    @extend_schema(responses=JoinRequestList, summary="Who wants to add one, and to what")
    def get(self, request: Request) -> Response:
        return Response({"results": list_join_requests(asker_of(request))})


class JoinRequestView(ApiView):
    @extend_schema(responses={204: None}, summary="Refuse to be added; who asked is not told")
    def delete(self, request: Request, request_id: UUID) -> Response:
        refuse_join_request(user_id=asker_of(request), request_id=request_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptView(ApiView):
    @extend_schema(request=None, responses=ConversationAnswer, summary="Accept to be added")
    def post(self, request: Request, request_id: UUID) -> Response:
        user_id = asker_of(request)
        conversation_id = accept_join_request(user_id=user_id, request_id=request_id)
        (conversation,) = conversation_json_for(user_id, [conversation_id])
        return Response(conversation)


JOIN_REQUEST_ROUTES: list[URLPattern] = [
    route("join-requests", JoinRequestsView.as_view(), "join-requests"),
    route("join-requests/<uuid:request_id>", JoinRequestView.as_view(), "join-request"),
    route("join-requests/<uuid:request_id>/accept", AcceptView.as_view(), "join-request-accept"),
]
